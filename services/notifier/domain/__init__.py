"""What a delivery is, when it may be tried again, and when it is given up: standard library only."""
