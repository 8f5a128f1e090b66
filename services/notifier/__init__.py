"""BROKER → PROVIDERS: every delivery, its attempts, and how it ended."""
