"""Mails: shown harmlessly, and those that wait for somebody to decide."""
