"""One Cloud API message as the data of `message.received`, in its wire form: the hot path."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.whatsapp_cloud.content import describe
from services.webhook_gateway.channels.whatsapp_cloud.senders import sender
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from services.webhook_gateway.channels.whatsapp_cloud.split import Change, Malformed
from services.webhook_gateway.domain.provider_time import provider_seconds
from services.webhook_gateway.ports import Item
from shared.contracts.message_received import TYPE
from shared.contracts.times import format_utc

KIND: Final = "whatsapp_cloud"
REPLY_WINDOW_SECONDS: Final = 86_400
"""Meta, "Customer service windows": 24 hours from the user's last message."""

LONGEST_ID: Final = 500


class Arrival(NamedTuple):
    """When a webhook came: Unix seconds, and RFC 3339."""

    seconds: float
    text: str

    @classmethod
    def at(cls, received_at: datetime) -> Arrival:
        """From an aware datetime."""
        return cls(received_at.timestamp(), format_utc(received_at))

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
    person = sender(item, change)
    kind, text, content = describe(item)
    context = item.get("context")
    reply_to = context.get("id") if type(context) is dict else None
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
        "reply_to": reply_to if type(reply_to) is str and len(reply_to) <= LONGEST_ID else None,
        # A change of number is reported by WhatsApp, not written by the customer: it opens no window.
        "reply_window_seconds": None if kind == "system" else REPLY_WINDOW_SECONDS,
        "raw": as_text(item),
    }
    return Item(TYPE, dedupe_key, occurred_at, contact_key, data)
