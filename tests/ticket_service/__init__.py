"""The desk: its rules, its stores, its worker."""
