"""Mailboxes."""
