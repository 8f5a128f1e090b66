"""Home: what needs the reader first, and the desk's numbers."""
