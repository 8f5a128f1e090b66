"""What the interface reads of files, and how uploads that nobody sent are forgotten."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from services.ticket_service.domain.attachment import BLOCKED, FAILED, PENDING, STORED, Attachment
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.collections import UNSCANNED, UNSCANNED_INDEX
from services.ticket_service.store.keyset import MAX_MILLISECONDS, Position
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

SORTS: Final[Mapping[str, str]] = {
    "created": "created_at",
    "size": "size",
    "name": "filename",
    "type": "mime_type",
}
"""What a gallery is sorted by, and in which field that is."""
MOST_SENT: Final = 1_000
_STATES: Final[Mapping[str, Document]] = {
    STORED: {"blob_id": {"$ne": None}, "blocked": None},
    BLOCKED: {"blob_id": {"$ne": None}, "blocked": {"$ne": None}},
    FAILED: {"blob_id": None, "failed_at": {"$ne": None}, "$expr": {"$lt": ["$asked_at", "$failed_at"]}},
    PENDING: {
        "blob_id": None,
        "$or": [{"failed_at": None}, {"$expr": {"$gte": ["$asked_at", "$failed_at"]}}],
    },
}
"""As domain.attachment.Attachment.state has it; a file nobody asked for again sorts before all times."""


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files of a ticket; what is empty or None does not narrow. Sizes in bytes, both included.

    `sent_with` are the messages of `uploader`, whose uploads count as well.
    """

    ticket_id: str
    kinds: Collection[str] = ()
    type_begins: str = ""
    state: str | None = None
    uploader: str | None = None
    sent_with: Collection[str] | None = None
    sizes: tuple[int | None, int | None] = (None, None)

    def document(self) -> Document:
        """The filter for the database, made of plain values only."""
        parts: list[Document] = [{"ticket_id": {"$eq": self.ticket_id}}]
        if self.kinds:
            parts.append({"kind": {"$in": list(self.kinds)}})
        if self.type_begins:
            parts.append({"mime_type": {"$regex": f"^{re.escape(self.type_begins)}"}})
        if self.state is not None:
            parts.append(dict(_STATES[self.state]))
        if self.uploader is not None:
            sent = {"message_id": {"$in": list(self.sent_with or ())}}
            parts.append({"$or": [{"uploaded_by.id": {"$eq": self.uploader}}, sent]})
        limits = {op: size for op, size in zip(("$gte", "$lte"), self.sizes, strict=True) if size is not None}
        if limits:
            parts.append({"size": limits})
        return {"$and": parts}


class FileQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._attachments = db[names.ATTACHMENTS]
        self._messages = db[names.MESSAGES]

    def gallery(
        self, wanted: FileFilter, sort: str, descending: bool, after: Position | None, limit: int
    ) -> list[Attachment]:
        """Files of a ticket by a field of SORTS, then by id; one more than the limit when there are more.

        A page goes on after the file that ended the page before, by what that file is now.
        """
        query, beyond = wanted.document(), "$lt" if descending else "$gt"
        with database_errors():
            if after is not None:
                query["$and"].append(self._after(sort, beyond, after))
            direction = -1 if descending else 1
            found = self._attachments.find(query).sort([(sort, direction), ("_id", direction)])
            files = list(found.limit(limit + 1).max_time_ms(MAX_MILLISECONDS))
        return [documents.attachment(each) for each in files]

    def sent_by(self, ticket_id: str, author_id: str) -> list[str]:
        """Ids of the messages with files that somebody wrote on a ticket."""
        wanted = {
            "ticket_id": {"$eq": ticket_id},
            "author.id": {"$eq": author_id},
            "attachments.0": {"$exists": True},
        }
        with database_errors():
            found = self._messages.find(wanted, {"_id": 1}).limit(MOST_SENT).max_time_ms(MAX_MILLISECONDS)
            return [each["_id"] for each in found]

    def _after(self, sort: str, beyond: str, after: Position) -> Document:
        last = self._attachments.find_one({"_id": {"$eq": after.id}}, {sort: 1})
        value: Any = last.get(sort) if last else None
        same = {sort: {"$eq": value}, "_id": {beyond: after.id}}
        if value is None:
            # No size sorts before all sizes, but compares with none of them.
            return same if beyond == "$lt" else {"$or": [same, {sort: {"$ne": None}}]}
        further: list[Document] = [same, {sort: {beyond: value}}]
        return {"$or": [*further, {sort: None}] if beyond == "$lt" else further}

    def attachment(self, attachment_id: str) -> Attachment | None:
        """The file with this id."""
        with database_errors():
            found = self._attachments.find_one({"_id": {"$eq": attachment_id}})
        return documents.attachment(found) if found else None

    def unsent_uploads(self, before: datetime, limit: int) -> list[Attachment]:
        """Some uploads from before that time which belong to no message."""
        wanted = {"message_id": None, "uploaded_by": {"$ne": None}, "created_at": {"$lt": before}}
        with database_errors():
            found = list(self._attachments.find(wanted).limit(limit).max_time_ms(MAX_MILLISECONDS))
        return [documents.attachment(each) for each in found]

    def unscanned(self, limit: int) -> list[Attachment]:
        """Stored files that no virus scanner has looked at and nothing keeps back, the oldest first."""
        with database_errors():
            found = self._attachments.find(UNSCANNED).sort("stored_at", 1).limit(limit)
            # Another index has the same order, but those that were scanned as well.
            files = list(found.hint(UNSCANNED_INDEX).max_time_ms(MAX_MILLISECONDS))
        return [documents.attachment(each) for each in files]

    def forget_upload(self, attachment: Attachment) -> bool:
        """Delete it if it is as it was read; False when somebody has just sent it."""
        with database_errors():
            answer = self._attachments.delete_one({"_id": attachment.id, "version": attachment.version})
        return answer.deleted_count == 1
