"""MAILBOX → BROKER: what the gateway is for channels that call, for a channel that is polled."""
