"""Loading what the desk decides on mails with: tickets by what mails name, and what a sender has there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pymongo.database import Database

from services.ticket_service.domain.history import CUSTOMER
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.message import BESIDE_THE_TALK, PUBLIC, Message
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.documents import Document
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.ticket_indexes import EPOCH, MARK, trait
from shared.mongo.transactions import database_errors


class MailLoading:
    """MailStore on MongoDB."""

    _db: Database[Document]

    def tickets_named(self, numbers: Collection[str], marks: Collection[str]) -> list[Ticket]:
        """By the unique number, or by the trait that tickets on mail have."""
        named: list[Document] = []
        if numbers:
            named.append({"number": {"$in": list(numbers)}})
        if marks:
            named.append({"traits": {"$in": [trait(MARK, each) for each in marks]}})
        if not named:
            return []
        with database_errors():
            return [documents.ticket(each) for each in self._db[names.TICKETS].find({"$or": named})]

    def opened_by_mail(self, requester_ids: Collection[str], since: datetime) -> dict[str, int]:
        """Counted by the requester's own few tickets."""
        wanted = {**_by_mail(requester_ids), "created_at": {"$gt": since}, "created_by.kind": CUSTOMER}
        stages: list[Document] = [{"$match": wanted}, {"$group": {"_id": "$requester_id", "n": {"$sum": 1}}}]
        with database_errors():
            found = self._db[names.TICKETS].aggregate(stages, maxTimeMS=MAX_MILLISECONDS)
            return {each["_id"]: each["n"] for each in found}

    def unread_answers(self, limit: int) -> list[Message]:
        """By the index of those few that wait."""
        with database_errors():
            found = self._db[names.MESSAGES].find({"mail_due_at": {"$gt": EPOCH}}).sort("mail_due_at", 1)
            return [documents.message(each) for each in found.limit(limit).max_time_ms(MAX_MILLISECONDS)]

    def said_to_all(self, ticket_id: str, limit: int) -> list[Message]:
        """By the ticket's own index, from its end."""
        wanted = {"ticket_id": ticket_id, "visibility": PUBLIC, "kind": {"$nin": sorted(BESIDE_THE_TALK)}}
        latest = [("occurred_at", -1), ("number", -1), ("_id", -1)]
        with database_errors():
            found = self._db[names.MESSAGES].find(wanted).sort(latest).limit(limit)
            return [documents.message(each) for each in found.max_time_ms(MAX_MILLISECONDS)][::-1]

    def newest_open(self, requester_ids: Collection[str]) -> dict[str, Ticket]:
        """The last of each requester's open tickets by their creation."""
        open_ = {"closed_at": None, "deleted_at": None, "merged_into": None, "type": PUBLIC_TICKET}
        with database_errors():
            found = self._db[names.TICKETS].find({**_by_mail(requester_ids), **open_})
            tickets = [documents.ticket(each) for each in found.max_time_ms(MAX_MILLISECONDS)]
        newest = sorted(tickets, key=lambda each: (each.created_at, each.sequence))
        return {each.requester_id: each for each in newest}


def _by_mail(requester_ids: Collection[str]) -> Document:
    return {"requester_id": {"$in": list(requester_ids)}, "channel_kind": MAIL}
