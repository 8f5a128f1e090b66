"""Measures the goals of the design side by side with textbook implementations of the same job."""
