"""What administrators have to know before they take a value away: who has it, and which rules name it."""

from __future__ import annotations

from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.dictionary import DictionaryEntry, mentions
from services.ticket_service.domain.status import Status
from services.ticket_service.store import collections as names
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import KINDS
from services.ticket_service.store.ticket_indexes import with_value
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

COUNTED: Final = 1_000
"""Nobody needs to know more exactly how often something is used."""
_VALUES_THEMSELVES: Final = (Status, DictionaryEntry)


class SettingQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def used_by(self, field: str, value: str) -> dict[str, int]:
        """What has this value in a ticket's field or depends on it: `tickets`, `assignment rules`, …

        COUNTED stands for that many tickets or more; what does not use it is not in the answer.
        """
        used = {"tickets": self._tickets(field, value)}
        for kind, how in KINDS.items():
            if how.cached and how.audited and kind not in _VALUES_THEMSELVES:
                with database_errors():
                    found = list(self._db[how.collection].find().max_time_ms(MAX_MILLISECONDS))
                used[how.collection.replace("_", " ")] = sum(mentions(each, field, value) for each in found)
        return {what: count for what, count in used.items() if count}

    def tickets_in(self, status: str, at_most: int) -> list[str]:
        """Numbers of tickets that have a status."""
        with database_errors():
            found = self._db[names.TICKETS].find(with_value("status", [status]), {"number": 1}).limit(at_most)
            return [each["number"] for each in found.max_time_ms(MAX_MILLISECONDS)]

    def _tickets(self, field: str, value: str) -> int:
        with database_errors():
            return self._db[names.TICKETS].count_documents(
                with_value(field, [value]), limit=COUNTED, maxTimeMS=MAX_MILLISECONDS
            )
