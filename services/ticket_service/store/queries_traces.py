"""Finds what a trace is about: a message by our id or its provider's, or something that was put aside."""

from __future__ import annotations

from pymongo.database import Database

from services.ticket_service.domain.trace import Trace, trace_of_item, trace_of_message
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.queries_quarantine import QuarantineQueries
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors


class TraceQueries:
    """Every method raises Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db
        self._quarantine = QuarantineQueries(db)

    def trace(self, id_: str) -> Trace | None:
        """The trace of the message, event or quarantined item with this id."""
        with database_errors():
            found = self._db[names.MESSAGES].find_one({"_id": {"$eq": id_}}) or self._db[
                names.MESSAGES
            ].find_one({"provider_message_ids": {"$eq": id_}})
            if found:
                message = documents.message(found)
                files = self._db[names.ATTACHMENTS].find({"_id": {"$in": message.attachments}})
                return trace_of_message(message, [documents.attachment(each) for each in files])
        kept = self._quarantine.item(id_)
        return trace_of_item(kept.item, kept.state, kept.decided_at) if kept else None
