"""The doors of the desk: logging in, opening a new desk, and what people decide about themselves."""
