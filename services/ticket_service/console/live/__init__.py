"""What open pages are told while they are open, and what became of a message on its way."""
