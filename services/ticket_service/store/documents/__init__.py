"""The desk's objects as documents and back; plain dictionaries, because hundreds are made per turn."""

from __future__ import annotations

from services.ticket_service.store.documents.actor import Document, actor, actor_document
from services.ticket_service.store.documents.attachment import attachment, attachment_document
from services.ticket_service.store.documents.channel import (
    aspect,
    aspect_document,
    template,
    template_document,
)
from services.ticket_service.store.documents.message import (
    WAITS_FOR,
    delivery_document,
    error_document,
    message,
    message_change,
    message_document,
)
from services.ticket_service.store.documents.people import (
    contact,
    contact_document,
    conversation,
    conversation_document,
)
from services.ticket_service.store.documents.quarantine import quarantine_document, quarantine_item
from services.ticket_service.store.documents.records import (
    history_document,
    history_entry,
    idempotency_document,
    idempotency_record,
)
from services.ticket_service.store.documents.ticket import ticket, ticket_document

__all__ = [
    "WAITS_FOR",
    "Document",
    "actor",
    "actor_document",
    "aspect",
    "aspect_document",
    "attachment",
    "attachment_document",
    "contact",
    "contact_document",
    "conversation",
    "conversation_document",
    "delivery_document",
    "error_document",
    "history_document",
    "history_entry",
    "idempotency_document",
    "idempotency_record",
    "message",
    "message_change",
    "message_document",
    "quarantine_document",
    "quarantine_item",
    "template",
    "template_document",
    "ticket",
    "ticket_document",
]
