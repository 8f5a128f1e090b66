"""The REST interface: one module per resource, the same rules for bodies, pages and errors in all."""
