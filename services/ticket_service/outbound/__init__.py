"""Outgoing webhooks (Standard Webhooks): kept with what they tell, signed, delivered until they are taken."""
