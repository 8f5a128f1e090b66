"""Live chats: kept line by line, and told to the pages that are open."""
