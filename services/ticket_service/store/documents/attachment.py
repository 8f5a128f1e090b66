"""Attachments as documents and back."""

from __future__ import annotations

from services.ticket_service.domain.attachment import Attachment, AttachmentError
from services.ticket_service.store.documents.actor import Document, actor, actor_document

_PLAIN_FIELDS = (
    "kind",
    "channel_id",
    "channel_kind",
    "created_at",
    "filename",
    "mime_type",
    "size",
    "sha256",
    "reference",
    "message_id",
    "conversation_id",
    "ticket_id",
    "blob_id",
    "stored_at",
    "failed_at",
    "asked_at",
)


def attachment_document(attachment: Attachment) -> Document:
    """Everything but its id and version."""
    document: Document = {name: getattr(attachment, name) for name in _PLAIN_FIELDS}
    uploader = attachment.uploaded_by
    document["uploaded_by"] = actor_document(uploader) if uploader else None
    document["failure"] = _error_document(attachment.failure)
    document["scanned_at"] = attachment.scanned_at
    document["blocked"] = _error_document(attachment.blocked)
    return document


def attachment(document: Document) -> Attachment:
    """Back from the document."""
    uploader = document["uploaded_by"]
    return Attachment(
        id=document["_id"],
        uploaded_by=actor(uploader) if uploader else None,
        failure=_error(document["failure"]),
        blocked=_error(document.get("blocked")),
        version=document["version"],
        # What an earlier version stored has none.
        scanned_at=document.get("scanned_at"),
        **{name: document[name] for name in _PLAIN_FIELDS},
    )


def _error_document(error: AttachmentError | None) -> Document | None:
    return {"code": error.code, "detail": error.detail, "remedy": error.remedy} if error else None


def _error(document: Document | None) -> AttachmentError | None:
    return AttachmentError(**document) if document else None
