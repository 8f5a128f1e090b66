"""History and given answers as documents and back."""

from __future__ import annotations

from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.documents.actor import Document, actor, actor_document


def history_document(entry: HistoryEntry) -> Document:
    """The whole document."""
    return {
        "_id": entry.id,
        "ticket_id": entry.ticket_id,
        "at": entry.at,
        "who": actor_document(entry.who),
        "what": entry.what,
        "from": entry.before,
        "to": entry.after,
    }


def history_entry(document: Document) -> HistoryEntry:
    """Back from the document."""
    return HistoryEntry(
        document["_id"],
        document["ticket_id"],
        document["at"],
        actor(document["who"]),
        document["what"],
        document["from"],
        document["to"],
    )


def idempotency_document(record: IdempotencyRecord) -> Document:
    """The whole document."""
    return {
        "_id": record.id,
        "fingerprint": record.fingerprint,
        "status": record.status,
        "body": record.body,
        "headers": record.headers,
        "created_at": record.created_at,
    }


def idempotency_record(document: Document) -> IdempotencyRecord:
    """Back from the document."""
    return IdempotencyRecord(
        document["_id"],
        document["fingerprint"],
        document["status"],
        document["body"],
        document["headers"],
        document["created_at"],
    )
