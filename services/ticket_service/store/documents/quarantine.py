"""Quarantined items as documents and back."""

from __future__ import annotations

from services.ticket_service.domain.quarantine import HELD, QuarantineItem, Replay
from services.ticket_service.store.documents.actor import Document


def quarantine_document(item: QuarantineItem) -> Document:
    """Everything but its id, as an item that waits for a decision."""
    replay = item.replay
    return {
        "service": item.service,
        "reason": item.reason,
        "detail": item.detail,
        "payload": item.payload,
        "raw_blob": item.raw_blob,
        "quarantined_at": item.quarantined_at,
        "replay": None
        if replay is None
        else {"exchange": replay.exchange, "routing_key": replay.routing_key, "body": replay.body},
        "state": HELD,
        "decided_at": None,
        "decided_by": None,
    }


def quarantine_item(document: Document) -> QuarantineItem:
    """Back from the document."""
    replay = document["replay"]
    return QuarantineItem(
        document["_id"],
        document["service"],
        document["reason"],
        document["detail"],
        document["payload"],
        document["quarantined_at"],
        Replay(replay["exchange"], replay["routing_key"], bytes(replay["body"])) if replay else None,
        raw_blob=document.get("raw_blob", ""),
    )
