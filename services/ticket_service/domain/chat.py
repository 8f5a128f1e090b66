"""Live chats as the desk knows them: a channel whose customers look on while it answers."""

from __future__ import annotations

from typing import Final

CHAT: Final = "webchat"
"""The kind of channels that are live chats, and of the identities of those who write there."""
