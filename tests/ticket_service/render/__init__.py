"""Tests of what the desk draws and sets."""
