"""Asking the gateway's own worker for the files of a message, in the publish that announces the message."""

from __future__ import annotations

from services.webhook_gateway.ports import Item
from shared.contracts import media_requested


def with_requests(message: Item) -> list[Item]:
    """A `message.received`, and behind it one `media.requested` for each of its files."""
    data = message.data
    return [message, *(_request(message, file) for file in data["attachments"])]


def _request(message: Item, file: dict[str, object]) -> Item:
    data = {
        "file": file,
        "message_id": message.data["dedupe_key"],
        "channel_id": message.data["channel_id"],
        "channel_kind": message.data["channel_kind"],
        "requested_at": message.data["received_at"],
    }
    event_id = f"{file['id']}:requested"
    return Item(media_requested.TYPE, event_id, message.data["received_at"], message.contact_key, data)
