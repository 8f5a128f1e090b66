"""All services' way to MongoDB: safe defaults, one kind of transaction, leases."""
