"""Texts that administrators write and that values are put into."""
