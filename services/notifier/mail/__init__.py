"""Mails: taken from the broker, composed, and handed to a mail server by SMTP."""
