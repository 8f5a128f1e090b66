"""Connections to addresses that others name: to the public internet only, and never endless."""
