"""What the jobs of deleted tickets and confidential requests look for."""

from __future__ import annotations

from datetime import datetime

from pymongo.database import Database

from services.ticket_service.domain.confidential import ConfidentialRequest
from services.ticket_service.domain.tombstone import DeletedTicket
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import kind_of
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors


class DueQueries:
    """What is due, the longest due first. Every method raises Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def deleted(self, before: datetime, limit: int) -> list[str]:
        """The ids of tickets deleted at or before that time."""
        return self._due(DeletedTicket, {"deleted_at": {"$lte": before}}, "deleted_at", limit)

    def confidential(self, at: datetime, limit: int) -> list[str]:
        """The ids of confidential requests whose answer may be kept no longer."""
        kept = {"sealed": {"$gt": ""}, "delete_at": {"$lte": at}}
        return self._due(ConfidentialRequest, kept, "delete_at", limit)

    def _due(self, kind: type, wanted: Document, by: str, limit: int) -> list[str]:
        with database_errors():
            found = self._db[kind_of(kind).collection].find(wanted, {"_id": 1}).sort(by, 1).limit(limit)
            return [each["_id"] for each in found.max_time_ms(MAX_MILLISECONDS)]
