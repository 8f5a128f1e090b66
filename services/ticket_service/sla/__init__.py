"""Service levels follow from tickets: at each save they are brought up to date, and what is late is told."""
