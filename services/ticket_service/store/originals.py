"""Mails as they came, which lie in the blob store and are named by messages: found when they are to go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.store.documents import Document

RAW_BLOB = "mail.raw_blob"
NAMED = {RAW_BLOB: {"$gt": ""}}
"""Messages that name one."""


def originals(messages: Iterable[Document]) -> list[Attachment]:
    """The mails that these messages (read with `mail`) were made of, each as a file by its message's id."""
    return [
        _file(each["_id"], each["mail"]["raw_blob"], each["created_at"])
        for each in messages
        if (each.get("mail") or {}).get("raw_blob")
    ]


def quarantined(items: Iterable[Document]) -> list[Attachment]:
    """The same of quarantined items; one that was replayed lent its mail to the message it became."""
    return [
        _file(each["_id"], each["raw_blob"], each["quarantined_at"]) for each in items if each.get("raw_blob")
    ]


def _file(id_: str, blob_id: str, at: Any) -> Attachment:
    return Attachment(id_, "document", "", "", at, blob_id=blob_id)
