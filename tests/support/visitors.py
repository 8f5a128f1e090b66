"""Visitors of live chats as the gateway tells of them: what they write, and what they do besides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from shared.contracts import message_received, visitor_acted
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.visitor import Page, Visitor
from shared.contracts.visitor_acted import VisitorActed
from shared.runtime.ids import new_id

CHAT_CHANNEL: Final = "webchat-main"
GIULIA: Final = "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1"
SHOP: Final = "https://shop.example"


def stay(at: datetime, pages: int = 3, place: str = "Prodotto", **options: Any) -> Visitor:
    """Somebody on a shop's site, who has just come to the last of so many pages."""
    seen = [
        Page(f"{SHOP}/{place.lower()}/{number}", at - timedelta(minutes=number - 1), f"{place} {number}")
        for number in range(pages, 0, -1)
    ]
    told = {
        **{
            "language": "it-IT",
            "time_zone": "Europe/Rome",
            "referrer": "https://search.example/?q=terminali",
        },
        **{"campaign": {"source": "newsletter", "medium": "mail"}, "pages": seen},
    }
    return Visitor(**{**told, **options})


def chat_event(
    text: str,
    *,
    at: datetime,
    visitor_id: str = GIULIA,
    name: str = "",
    visitor: Visitor | None = None,
    **options: Any,
) -> Event:
    """A visitor writes; the other options are fields of the message."""
    message_id = f"{visitor_id}.{options.pop('client_id', new_id())}"
    data = MessageReceived(
        dedupe_key=f"webchat:{CHAT_CHANNEL}:{message_id}",
        channel_id=CHAT_CHANNEL,
        channel_kind="webchat",
        provider_message_id=message_id,
        contact_key=f"{CHAT_CHANNEL}:{visitor_id}",
        sender=_sender(visitor_id, name),
        occurred_at=at,
        received_at=at,
        kind=options.pop("kind", "text"),
        text=text,
        visitor=visitor or Visitor(),
        **options,
    )
    return _event(message_received.TYPE, data.dedupe_key, data, at)


def acted(action: str, *, at: datetime, visitor_id: str = GIULIA, name: str = "", **options: Any) -> Event:
    """A visitor does something besides writing."""
    data = VisitorActed(
        *(CHAT_CHANNEL, "webchat", f"{CHAT_CHANNEL}:{visitor_id}", _sender(visitor_id, name), action, at),
        **options,
    )
    return _event(visitor_acted.TYPE, new_id(), data, at)


def _sender(visitor_id: str, name: str) -> Sender:
    return Sender([Identity("webchat", visitor_id, visitor_id)], name)


def _event(kind: str, key: str, data: Any, at: datetime) -> Event:
    return Event(key, "webhook_gateway", kind, at, data.contact_key, data, new_traceparent())
