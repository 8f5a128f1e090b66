"""How much there is beside a ticket: the numbers on its shortcuts and relations (S000)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.message import NOTE
from services.ticket_service.domain.relation import Relation
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.store import collections as names
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import kind_of
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

MOST_COUNTED: Final = 1_000


class ShortcutQueries:
    """Each number by an index, counted up to MOST_COUNTED. Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def beside(self, ticket: Ticket) -> Mapping[str, int]:
        """The numbers, by the names that S000's screenshot shows."""
        own: Document = {"ticket_id": {"$eq": ticket.id}}
        ends: Document = {"$or": [{"from_ticket": {"$eq": ticket.id}}, {"to_ticket": {"$eq": ticket.id}}]}
        others: Document = {"requester_id": {"$eq": ticket.requester_id}, "_id": {"$ne": ticket.id}}
        return {
            "comments": ticket.comments_count,
            "conversations": int(ticket.conversation_id is not None),
            "notes": self._count(names.MESSAGES, {**own, "direction": NOTE}),
            "messages": self._count(names.MESSAGES, own),
            "processes": 1,
            "activities": self._count(names.HISTORY, own),
            "documents": self._count(names.ATTACHMENTS, own),
            "services": int(ticket.service is not None),
            "interventions": self._count(kind_of(Intervention).collection, own),
            "time_entries": self._count(kind_of(TimeEntry).collection, own),
            "installations": int(ticket.product is not None),
            "contract_services": int(ticket.contract is not None),
            "relations": self._count(kind_of(Relation).collection, ends),
            "other_tickets": self._count(names.TICKETS, {**others, "deleted_at": None}),
        }

    def _count(self, collection: str, wanted: Document) -> int:
        with database_errors():
            return self._db[collection].count_documents(
                wanted, limit=MOST_COUNTED, maxTimeMS=MAX_MILLISECONDS
            )
