"""What the interface reads of work: what names a record, hours on contracts, a customer's interventions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pymongo.database import Database

from services.ticket_service.store import collections as names
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.ticket_indexes import with_value
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

COUNTED: Final = 1_000
"""Nobody needs to know more exactly how often something is used."""
MOST_TICKETS: Final = 5_000
"""Of one customer: the newest ones count."""


class WorkQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def tickets_with(self, field: str, value: str) -> int:
        """How many tickets have this value in a field; COUNTED stands for that many or more."""
        return self._count(names.TICKETS, with_value(field, [value]))

    def records_with(self, kind: type[object], field: str, value: str) -> int:
        """The same for records of a kind."""
        return self._count(kind_of(kind).collection, {field: {"$eq": value}})

    def hours_worked(self, contract_ids: Collection[str]) -> dict[str, float]:
        """Hours on the tickets of these contracts; those of deleted tickets do not count."""
        steps: list[Document] = [
            {"$match": {**with_value("contract", contract_ids), "deleted_at": None}},
            {"$group": {"_id": "$contract", "hours": {"$sum": "$hours"}}},
        ]
        with database_errors():
            found = self._db[names.TICKETS].aggregate(steps, maxTimeMS=MAX_MILLISECONDS)
            return {each["_id"]: round(each["hours"], 2) for each in found}

    def tickets_of(self, contact_id: str) -> list[str]:
        """Ids of a customer's tickets, at most MOST_TICKETS."""
        wanted = {"requester_id": {"$eq": contact_id}, "deleted_at": None}
        with database_errors():
            found = self._db[names.TICKETS].find(wanted, {"_id": 1}).sort("_id", -1).limit(MOST_TICKETS)
            return [each["_id"] for each in found.max_time_ms(MAX_MILLISECONDS)]

    def numbers(self, ticket_ids: Collection[str]) -> dict[str, str]:
        """The numbers of these tickets by their ids."""
        with database_errors():
            found = self._db[names.TICKETS].find({"_id": {"$in": list(ticket_ids)}}, {"number": 1})
            return {each["_id"]: each["number"] for each in found.max_time_ms(MAX_MILLISECONDS)}

    def _count(self, collection: str, wanted: Document) -> int:
        with database_errors():
            return self._db[collection].count_documents(wanted, limit=COUNTED, maxTimeMS=MAX_MILLISECONDS)
