"""The spool: accepted messages that the broker does not take now, on disk until it does (ADR 8)."""
