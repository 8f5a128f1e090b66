"""One Cloud API message as the data of `message.received`, in its wire form: the hot path."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.attached import MEDIA, TARGETS, files, target
from services.webhook_gateway.channels.whatsapp_cloud.change import Change
from services.webhook_gateway.channels.whatsapp_cloud.content import Description, describe
from services.webhook_gateway.channels.whatsapp_cloud.facts import (
    LONGEST_ID,
    facts,
    id_of,
    text_of,
)
from services.webhook_gateway.channels.whatsapp_cloud.senders import (
    Person,
    addressee,
    renamed,
    sender,
    successor,
)
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from services.webhook_gateway.domain.provider_time import provider_seconds
from services.webhook_gateway.ports import Item
from shared.contracts.message_received import IN, OUT, TYPE

KIND: Final = "whatsapp_cloud"
REPLY_WINDOW_SECONDS: Final = 86_400
"""Meta, "Customer service windows": 24 hours from the user's last message."""

_CHANGES: Final = frozenset({"edit", "revoke"})


class Arrival(NamedTuple):
    """When a webhook came: Unix seconds, and RFC 3339."""

    seconds: float
    text: str

    @classmethod
    def at(cls, received_at: datetime) -> Arrival:
        """From an aware datetime."""
        seconds, part = received_at.timestamp(), received_at.microsecond
        text = _utc_text(floor(seconds))
        return cls(seconds, f"{text[:-1]}.{part // 1000:03}Z" if part else text)

    def or_provider(self, timestamp: Any) -> str:
        """The provider's time when it can be believed, else this one; RFC 3339."""
        seconds = provider_seconds(timestamp, self.seconds)
        if seconds is None:
            return self.text
        return _utc_text(seconds)


@lru_cache(maxsize=4096)
def _utc_text(seconds: int) -> str:
    """RFC 3339; remembered, because what arrives together mostly happened in the same few seconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"


def provider_id(item: dict[str, Any]) -> str:
    """The provider's id of a message or of the message a status is about. Malformed without a usable one."""
    wamid = item.get("id")
    if type(wamid) is not str or not 0 < len(wamid) <= LONGEST_ID:
        raise Malformed("no-message-id", "The item has no usable id.")
    return wamid


def message(item: Any, change: Change, number: WhatsAppNumber, arrival: Arrival) -> Item:
    """The event for one message. Malformed when it lacks an id, a sender or, being a text, its text."""
    if type(item) is not dict:
        raise Malformed("malformed-message", "The message is not an object.")
    wamid = provider_id(item)
    said = describe(item)
    if said[0] == "system":
        # A change of number is reported by WhatsApp, not written by the customer: it opens no window.
        return _event(item, wamid, successor(item, change), said, number, arrival, None)
    # Nor does what only changes an earlier message: Meta counts from the last message of the user.
    window = None if said[0] in _CHANGES else REPLY_WINDOW_SECONDS
    return _event(item, wamid, sender(item, change), said, number, arrival, window)


def echo(item: Any, change: Change, number: WhatsAppNumber, arrival: Arrival) -> Item:
    """The event for what the business wrote on its own phone. Malformed as for a message."""
    if type(item) is not dict:
        raise Malformed("malformed-message", "The message is not an object.")
    wamid = provider_id(item)
    event = _event(item, wamid, addressee(item, change), describe(item), number, arrival, None)
    event.data["direction"] = OUT
    return event


def new_user_id(item: Any, change: Change, number: WhatsAppNumber, arrival: Arrival) -> Item:
    """The event for a user id that Meta replaced; Meta gives it no id, so it is known by what it says."""
    if type(item) is not dict:
        raise Malformed("malformed-message", "The change of a user id is not an object.")
    raw = as_text(item)
    made_id = f"user_id_update:{hashlib.sha256(raw.encode()).hexdigest()[:32]}"
    text = text_of(item, "detail", longest=1_000) or "[user id changed]"
    said = ("system", text, {"type": "user_id_update", **facts(item.get("user_id"), "previous", "current")})
    return _event(item, made_id, renamed(item, change), said, number, arrival, None)


def _event(
    item: dict[str, Any],
    wamid: str,
    person: Person,
    said: Description,
    number: WhatsAppNumber,
    arrival: Arrival,
    window: int | None,
) -> Item:
    kind, text, content = said
    dedupe_key = f"{KIND}:{number.phone_number_id}:{wamid}"
    contact_key = f"{number.id}:{person.key}"
    occurred_at = arrival.or_provider(item.get("timestamp"))
    data = {
        "dedupe_key": dedupe_key,
        "channel_id": number.id,
        "channel_kind": KIND,
        "provider_message_id": wamid,
        "contact_key": contact_key,
        "sender": {"identities": person.identities, "name": person.name},
        "occurred_at": occurred_at,
        "received_at": arrival.text,
        "kind": kind,
        "text": text,
        "content": content,
        "reply_to": id_of(item.get("context"), "id"),
        "reply_window_seconds": window,
        "raw": as_text(item),
        "direction": IN,
        "target": target(item, kind) if kind in TARGETS else None,
        "attachments": files(item, kind, dedupe_key) if kind in MEDIA else [],
    }
    return Item(TYPE, dedupe_key, occurred_at, contact_key, data)
