"""Writing on a ticket: answers, notes, private messages; and opening tickets by hand."""
