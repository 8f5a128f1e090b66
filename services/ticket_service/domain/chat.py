"""Live chats as the desk knows them: a channel whose customers look on while it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CHAT: Final = "webchat"
"""The kind of channels that are live chats, and of the identities of those who write there."""


@dataclass(frozen=True, slots=True)
class ChatSite:
    """By what pages name a live chat (`data-channel`), and where the gateway is that serves it.

    `address` is empty where the operator did not say.
    """

    key: str
    address: str = ""
