"""The local instance: its own broker and database, every process, and the commands around them."""
