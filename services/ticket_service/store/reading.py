"""Documents back as the desk's objects, for those that only the interface reads."""

from __future__ import annotations

from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.message import Delivery, DeliveryError, Message
from services.ticket_service.domain.quarantine import QuarantineItem, Replay
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.documents import Document, actor


def message(document: Document) -> Message:
    """Back from the document of documents.message_document."""
    how = document["delivery"]
    return Message(
        id=document["_id"],
        direction=document["direction"],
        visibility=document["visibility"],
        author=actor(document["author"]),
        kind=document["kind"],
        text=document["text"],
        occurred_at=document["occurred_at"],
        created_at=document["created_at"],
        conversation_id=document["conversation_id"],
        ticket_id=document["ticket_id"],
        contact_id=document["contact_id"],
        part=document["part"],
        number=document["number"],
        content=document["content"],
        template=document["template"],
        reply_to=document["reply_to"],
        provider_message_id=document["provider_message_id"],
        received_at=document["received_at"],
        raw=document["raw"],
        trace_id=document["trace_id"],
        delivery=_delivery(how) if how else None,
    )


def history_entry(document: Document) -> HistoryEntry:
    """Back from the document of documents.history_document."""
    return HistoryEntry(
        document["_id"],
        document["ticket_id"],
        document["at"],
        actor(document["who"]),
        document["what"],
        document["from"],
        document["to"],
    )


def quarantine_item(document: Document) -> QuarantineItem:
    """Back from the document of documents.quarantine_document."""
    replay = document["replay"]
    return QuarantineItem(
        document["_id"],
        document["service"],
        document["reason"],
        document["detail"],
        document["payload"],
        document["quarantined_at"],
        Replay(replay["exchange"], replay["routing_key"], bytes(replay["body"])) if replay else None,
    )


def idempotency_record(document: Document) -> IdempotencyRecord:
    """Back from the document of documents.idempotency_document."""
    return IdempotencyRecord(
        document["_id"],
        document["fingerprint"],
        document["status"],
        document["body"],
        document["headers"],
        document["created_at"],
    )


def _delivery(document: Document) -> Delivery:
    error = document["error"]
    return Delivery(
        document["state"],
        document["rank"],
        dict(document["times"]),
        document["queued_at"],
        DeliveryError(**error) if error else None,
    )
