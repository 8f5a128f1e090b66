"""The same jobs as the tutorials do them: what the services are measured against."""
