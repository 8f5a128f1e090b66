"""Tickets by the clock, as the jobs look for them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pymongo.database import Database

from services.ticket_service.store import collections as names
from services.ticket_service.store.ticket_indexes import EPOCH, with_value
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

MAX_MILLISECONDS: Final = 10_000
_AT_ONCE: Final = 2_000
"""Tickets of one step through all of them; most are closed and passed over."""


class TimedTickets:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._tickets = db[names.TICKETS]

    def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of tickets that somebody has to look at by now, the longest due first."""
        with database_errors():
            found = (
                self._tickets.find({"sla.next_check_at": {"$gt": EPOCH, "$lte": now}}, {"_id": 1})
                .sort("sla.next_check_at", 1)
                .limit(limit)
                .max_time_ms(MAX_MILLISECONDS)
            )
            return [each["_id"] for each in found]

    def open_after(self, ticket_id: str, limit: int) -> tuple[list[str], str | None]:
        """Ids of open tickets among the next ones by id, and the last id looked at; None at the end."""
        ids: list[str] = []
        last = None
        with database_errors():
            found = (
                self._tickets.find({"_id": {"$gt": ticket_id}}, {"closed_at": 1, "deleted_at": 1})
                .sort("_id", 1)
                .limit(_AT_ONCE)
                .max_time_ms(MAX_MILLISECONDS)
            )
            for each in found:
                last = each["_id"]
                if each.get("closed_at") is None and each.get("deleted_at") is None:
                    ids.append(last)
                if len(ids) == limit:
                    break
        return ids, last

    def entered_before(self, status: str, before: datetime, limit: int) -> list[str]:
        """Numbers of tickets that have been in this status since `before` or longer.

        Nothing enters a status before it is made, so the index of creation times leads there.
        """
        wanted = {
            **with_value("status", [status]),
            "created_at": {"$lte": before},
            "status_since": {"$lte": before},
            "deleted_at": None,
        }
        with database_errors():
            found = (
                self._tickets.find(wanted, {"number": 1})
                .sort([("created_at", -1), ("_id", -1)])
                .limit(limit)
                .max_time_ms(MAX_MILLISECONDS)
            )
            return [each["number"] for each in found]
