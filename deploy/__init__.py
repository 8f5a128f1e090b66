"""How Sportello is run: locally, in containers, and under watch."""
