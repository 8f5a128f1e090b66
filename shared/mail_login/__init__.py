"""Logging in at mail servers with OAuth 2.0 (Google, Microsoft 365): tokens that renew themselves."""
