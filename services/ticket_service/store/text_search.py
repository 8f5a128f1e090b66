"""Which tickets have the words of a query: in what is written on them, or in what was said on them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database

from services.ticket_service.domain.words import query_words
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.ticket_indexes import SEARCH
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

RARE: Final = 1_000
"""A word that stands in fewer tickets and messages is looked up; a common one is checked on each ticket."""
MESSAGE_WORDS: Final = [("words", 1), ("ticket_id", 1)]


@dataclass(frozen=True, slots=True)
class Found:
    """`ids` are the only tickets that may fit (None: any may); they have to be checked for `common` words."""

    ids: frozenset[str] | None
    common: tuple[str, ...]


class TextSearch:
    """Each word of a query has to begin a word of the ticket or of any message on it."""

    def __init__(self, db: Database[Document], rare: int = RARE) -> None:
        """`rare` is small in tests only."""
        self._tickets = db["tickets"]
        self._messages = db["messages"]
        self._rare = rare

    def find(self, query: str) -> Found | None:
        """Which tickets may fit; None for a query without words: blank finds all, mere signs find none."""
        words = query_words(query)
        if not words:
            return Found(frozenset(), ()) if query.strip() else None
        ids: frozenset[str] | None = None
        common = []
        for word in sorted(words, key=len, reverse=True):
            if ids is not None and not ids:
                break
            having = self._having(word)
            if having is None:
                common.append(word)
            else:
                ids = having if ids is None else ids & having
        return Found(ids, tuple(common))

    def check(self, ids: Collection[str], word: str) -> set[str]:
        """Those of these tickets that have the word."""
        wanted = sorted(ids)
        with database_errors():
            having = {"_id": {"$in": wanted}, "search": _begins(word)}
            own = self._tickets.find(having, {"_id": 1}, batch_size=len(wanted) + 1)
            found = {each["_id"] for each in own.max_time_ms(MAX_MILLISECONDS)}
            rest = [each for each in wanted if each not in found]
            said = {"ticket_id": {"$in": rest}, "words": _begins(word)}
            pipeline: list[dict[str, Any]] = [{"$match": said}, {"$group": {"_id": "$ticket_id"}}]
            if rest:
                answer = self._messages.aggregate(pipeline, maxTimeMS=MAX_MILLISECONDS)
                found.update(each["_id"] for each in answer)
        return found

    def _having(self, word: str) -> frozenset[str] | None:
        """The tickets with this word; None when there are too many."""
        with database_errors():
            own = self._entries(self._tickets, {"search": _begins(word)}, "_id", SEARCH)
            if own is None:
                return None
            said = self._entries(self._messages, {"words": _begins(word)}, "ticket_id", MESSAGE_WORDS)
        return None if said is None else frozenset(own | said - {None})

    def _entries(
        self, collection: MongoCollection[Document], wanted: Document, field: str, keys: list[tuple[str, int]]
    ) -> set[Any] | None:
        shown = {field: 1} if field == "_id" else {field: 1, "_id": 0}
        cursor = collection.find(wanted, shown, batch_size=self._rare).hint(keys).limit(self._rare)
        entries = [each.get(field) for each in cursor.max_time_ms(MAX_MILLISECONDS)]
        return None if len(entries) >= self._rare else set(entries)


def _begins(word: str) -> dict[str, str]:
    """A regular expression that is nothing but a beginning is a range of the index."""
    return {"$regex": f"^{re.escape(word)}"}
