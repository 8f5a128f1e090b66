"""What the desk does by the clock: each job again and again, by one process at a time."""
