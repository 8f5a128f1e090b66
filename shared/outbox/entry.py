"""An event as a document of the `outbox` collection."""

from __future__ import annotations

from typing import Any, Final

from shared.contracts.envelope import Event
from shared.messaging.message import Outgoing, outgoing
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id

COLLECTION: Final = "outbox"


def outbox_document(event: Event, contact_key: str = "") -> dict[str, Any]:
    """The document for an event. ValueError when the event breaks its contract (a bug of ours)."""
    return outgoing_document(outgoing(event, contact_key))


def outgoing_document(message: Outgoing) -> dict[str, Any]:
    """The document for an already encoded message (a replay, say). Ids sort by time: they give the order."""
    return {
        "_id": new_id(),
        "at": utc_now(),
        "exchange": message.exchange,
        "routing_key": message.routing_key,
        "body": message.body,
    }


def to_outgoing(document: dict[str, Any]) -> Outgoing:
    """Back from the document."""
    return Outgoing(document["exchange"], document["routing_key"], bytes(document["body"]))
