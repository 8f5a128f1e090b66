"""The mail collector's tests."""
