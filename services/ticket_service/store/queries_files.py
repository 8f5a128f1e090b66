"""What the interface reads of files, and how uploads that nobody sent are forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.keyset import MAX_MILLISECONDS, Order
from services.ticket_service.store.queries import Page, find_page
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_ORDER: Final = Order("created_at", newest_first=False)


class FileQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._attachments = db[names.ATTACHMENTS]

    def of_ticket(self, ticket_id: str, page: Page) -> list[Attachment]:
        """The files of a ticket's messages, oldest first; one more than the limit when there are more."""
        wanted = {"ticket_id": {"$eq": ticket_id}}
        return [documents.attachment(each) for each in find_page(self._attachments, wanted, _ORDER, page)]

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

    def forget_upload(self, attachment: Attachment) -> bool:
        """Delete it if it is as it was read; False when somebody has just sent it."""
        with database_errors():
            answer = self._attachments.delete_one({"_id": attachment.id, "version": attachment.version})
        return answer.deleted_count == 1
