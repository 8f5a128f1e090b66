"""What an earlier version stored gets the words and keys by which it is found and sorted now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pymongo import UpdateOne
from pymongo.database import Database

from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.search import facets, message_words
from shared.mongo.connect import Document

_OLD_INDEXES: Final = (
    *("search_1", "created_at_-1", "updated_at_-1__id_-1", "created_at_-1__id_-1"),
    *("status_1_updated_at_-1__id_-1", "channel_id_1_updated_at_-1__id_-1"),
    *("assignee_1_updated_at_-1__id_-1", "group_1_updated_at_-1__id_-1", "status_1_created_at_-1__id_-1"),
    *("priority_1_created_at_1__id_1", "status_1_priority_1_created_at_1__id_1"),
)
_AT_ONCE: Final = 500


class PreparingLists:
    """Each step may be run any number of times, also by several processes at once."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def drop_old_indexes(self) -> None:
        """Those of tickets that others replace."""
        there = self._db[names.TICKETS].index_information()
        for name in _OLD_INDEXES:
            if name in there:
                self._db[names.TICKETS].drop_index(name)

    def stored_before(self) -> int:
        """Tickets and messages without the words of today; how many that were. Interrupted, it goes on."""
        tickets = sum(
            self._each(names.TICKETS, field, lambda found: facets(documents.ticket(found)))
            for field in ("listed", "rating")
        )
        messages = self._each(
            names.MESSAGES, "words", lambda found: {"words": message_words(found["text"])}, {"text": 1}
        )
        return tickets + messages

    def _each(
        self,
        collection: str,
        field: str,
        made: Callable[[Document], Document],
        shown: Document | None = None,
    ) -> int:
        done = 0
        updates: list[UpdateOne] = []
        for found in self._db[collection].find({field: {"$exists": False}}, shown):
            updates.append(UpdateOne({"_id": found["_id"], field: {"$exists": False}}, {"$set": made(found)}))
            if len(updates) == _AT_ONCE:
                done += self._db[collection].bulk_write(updates, ordered=False).modified_count
                updates = []
        if updates:
            done += self._db[collection].bulk_write(updates, ordered=False).modified_count
        return done
