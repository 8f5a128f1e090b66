"""Plumbing and wire formats that at least two services use; it never knows a service or a provider."""
