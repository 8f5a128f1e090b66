"""Live chats: who the visitor of one is, where they are, and what they said of themselves."""
