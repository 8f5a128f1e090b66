"""What several test folders need: servers, waiting, payloads."""
