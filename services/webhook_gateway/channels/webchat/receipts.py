"""What a visitor does besides writing, as events: receipts, signs of life, ratings, wishes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.webhook_gateway.channels.webchat.normalise import line_id, provider_id
from services.webhook_gateway.channels.webchat.people import sender, told_by
from services.webhook_gateway.channels.webchat.settings import KIND
from services.webhook_gateway.channels.webchat.verify import ChatVisitor
from services.webhook_gateway.ports import Item
from shared.contracts import chat_posted, delivery_reported, visitor_acted
from shared.contracts.times import format_utc


def receipts(visitor: ChatVisitor, state: str, line_ids: Sequence[str], now: datetime) -> list[Item]:
    """These lines were delivered, or read. Ids that are nobody's, or another's, mean nothing to the desk.

    A line may have been sent to who they were before they logged in: to which of these it was, only the desk
    knows, so it hears of each.
    """
    at = format_utc(now)
    return [
        _receipt(visitor, state, visitor_id, provider_id(visitor_id, each), at)
        for each in dict.fromkeys(line_ids)
        for visitor_id in (visitor.id, *visitor.former)
    ]


def acted(
    visitor: ChatVisitor,
    action: str,
    now: datetime,
    event_id: str,
    *,
    name: str = "",
    told: dict[str, Any] | None = None,
    ticket_number: str = "",
    score: int | None = None,
    text: str = "",
) -> Item:
    """`visitor.acted`; `told` is a Visitor on the wire."""
    at = format_utc(now)
    data = {
        "channel_id": visitor.channel_id,
        "channel_kind": KIND,
        "contact_key": visitor.contact_key,
        "sender": sender(visitor, name),
        "action": action,
        "at": at,
        "visitor": told,
        "ticket_number": ticket_number,
        "score": score,
        "text": text,
    }
    return Item(visitor_acted.TYPE, f"{KIND}:{visitor.channel_id}:{event_id}", at, visitor.contact_key, data)


def rating(
    visitor: ChatVisitor, client_id: str, ticket: str, score: int, text: str, now: datetime
) -> list[Item]:
    """A rating for the desk, and the line their own chat shows of it. The same however often it is sent."""
    line = line_id(visitor, client_id)
    at = format_utc(now)
    shown: dict[str, Any] = {
        "line_id": line,
        "channel_id": visitor.channel_id,
        "visitor_id": visitor.id,
        "kind": chat_posted.RATED,
        "author": {"kind": chat_posted.VISITOR, "name": visitor.name, "picture": ""},
        "at": at,
        "text": text,
        "files": [],
        "interactive": None,
        "reply_to": "",
        "ticket_number": ticket,
        "score": score,
        "by_mail": False,
    }
    act = acted(
        visitor,
        visitor_acted.RATED,
        now,
        f"{line}:rated",
        told=told_by(visitor),
        ticket_number=ticket,
        score=score,
        text=text,
    )
    posted = Item(
        chat_posted.TYPE, f"{KIND}:{visitor.channel_id}:{line}:line", at, visitor.contact_key, shown
    )
    return [act, posted]


def _receipt(visitor: ChatVisitor, state: str, recipient: str, message_id: str, at: str) -> Item:
    data = {
        "channel_id": visitor.channel_id,
        "channel_kind": KIND,
        "provider_message_id": message_id,
        "state": state,
        "occurred_at": at,
        "received_at": at,
        # Our own id would be believed; what a visitor names is looked for among what was sent to them.
        "send_id": None,
        "recipient": recipient,
        "error": None,
        "raw": "",
    }
    event_id = f"{KIND}:{visitor.channel_id}:{message_id}:{state}"
    return Item(delivery_reported.TYPE, event_id, at, visitor.contact_key, data)
