"""The agent console: pages for people, on the same interface that programs use."""
