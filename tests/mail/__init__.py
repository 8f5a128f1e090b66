"""Mail through all services that handle it, put together in one process without servers."""
