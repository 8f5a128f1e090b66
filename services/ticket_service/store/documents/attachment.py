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
    failure, uploader = attachment.failure, attachment.uploaded_by
    document["uploaded_by"] = actor_document(uploader) if uploader else None
    document["failure"] = (
        {"code": failure.code, "detail": failure.detail, "remedy": failure.remedy} if failure else None
    )
    return document


def attachment(document: Document) -> Attachment:
    """Back from the document."""
    failure, uploader = document["failure"], document["uploaded_by"]
    return Attachment(
        id=document["_id"],
        uploaded_by=actor(uploader) if uploader else None,
        failure=AttachmentError(**failure) if failure else None,
        version=document["version"],
        **{name: document[name] for name in _PLAIN_FIELDS},
    )
