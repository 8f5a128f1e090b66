"""Files of customers and agents: one store that several services write to and read from."""
