"""Lines, signs and persons for the tests of live chats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.webhook_gateway.domain.chat import chat_key
from shared.contracts.chat_posted import AGENT, MESSAGE, VISITOR, ChatAuthor, ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.contact_erased import ContactErased

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CHANNEL = "webchat-main"
ANNA = "v-" + "a" * 32
BRUNO = "v-" + "b" * 32
CARLA = "u-" + "c" * 32
DAVIDE = "u-" + "d" * 32


def chat(visitor: str = ANNA) -> str:
    return chat_key(CHANNEL, visitor)


def said(text: str, visitor: str = ANNA, *, at: int = 0, **more: Any) -> ChatPosted:
    """A line of the visitor, `at` seconds after NOW."""
    values: dict[str, Any] = {"line_id": f"{visitor}.{text}", "author": ChatAuthor(VISITOR)}
    return ChatPosted(
        **{
            **values,
            "channel_id": CHANNEL,
            "visitor_id": visitor,
            "kind": MESSAGE,
            "at": NOW + timedelta(seconds=at),
            "text": text,
            **more,
        }
    )


def answered(text: str, visitor: str = ANNA, *, at: int = 0, **more: Any) -> ChatPosted:
    """A line of an agent."""
    author = ChatAuthor(AGENT, "Anna Rossi", "picture-1")
    return said(text, visitor, at=at, line_id=f"send-{text}", author=author, **more)


def signed(sign: str, line_id: str, visitor: str = ANNA, *, at: int = 0, author: str = "") -> ChatSignalled:
    return ChatSignalled(CHANNEL, visitor, sign, line_id, NOW + timedelta(seconds=at), author)


def erased(*addresses: str, at: int) -> ContactErased:
    return ContactErased("contact-1", [], list(addresses), NOW + timedelta(seconds=at))
