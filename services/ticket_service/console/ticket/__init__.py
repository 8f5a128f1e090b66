"""The page of one ticket: its head, fields, timeline and what stands beside it."""
