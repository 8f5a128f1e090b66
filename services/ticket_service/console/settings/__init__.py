"""Settings of the desk: one module for each area."""
