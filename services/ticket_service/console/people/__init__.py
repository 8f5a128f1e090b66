"""The people who write: conversations, leads and contacts, organizations."""
