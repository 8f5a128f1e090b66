"""Lists of tickets, and how many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.text_search import TextSearch
from services.ticket_service.store.ticket_filter import NOBODY, Document, TicketFilter
from services.ticket_service.store.ticket_indexes import Keys
from services.ticket_service.store.ticket_order import (
    PRIORITY,
    Segment,
    TicketOrder,
    TicketPosition,
    left,
)
from services.ticket_service.store.ticket_plans import FEW, few, walk
from services.ticket_service.store.ticket_reading import Check, Entry, Find, TicketReader, both
from shared.mongo.transactions import database_errors

MOST_PASSED: Final = 2_000
"""Where tickets have to be checked one by one, a page ends after so many, full or not."""
MOST_COUNTED: Final = 1_000
COUNT_MILLISECONDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Some tickets and where the next page begins. One with fewer than asked for need not be the last."""

    tickets: list[Ticket]
    next: TicketPosition | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are: at least `count` where there are `more`, unknown (None) where it takes too long."""

    count: int | None
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """The filter for the database, what has to be checked beside it, and where few tickets fit, which."""

    base: Document
    checks: list[Check]
    few: Find | None


class TicketQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(
        self, db: Database[Document], *, at_most: int = FEW, search: TextSearch | None = None
    ) -> None:
        """`at_most` is what may be read and sorted whole (smaller in tests only)."""
        self._tickets = db[names.TICKETS]
        self._attachments = db[names.ATTACHMENTS]
        self._counters = db[names.COUNTERS]
        self._sequences = db[names.SEQUENCES]
        self._at_most = at_most
        self._search = search or TextSearch(db)

    def page(
        self, wanted: TicketFilter, order: TicketOrder, after: TicketPosition | None, limit: int
    ) -> TicketPage:
        """At most `limit` tickets after the position."""
        found: list[Ticket] = []
        position = after
        plan = self._plan(wanted, order)
        entries = self._entries(plan, wanted, order, after, limit) if plan else iter(())
        for passed, entry in enumerate(entries):
            if (len(found) == limit and entry.fits) or passed >= MOST_PASSED:
                return TicketPage(found, position)
            if entry.fits:
                found.append(documents.ticket(entry.document))
            position = entry.position
        return TicketPage(found, None)

    def count(self, wanted: TicketFilter) -> Counted:
        """How many tickets fit, up to MOST_COUNTED; unknown when that takes more than a second."""
        order = TicketOrder()
        plan = self._plan(wanted, order)
        if plan is None:
            return Counted(0)
        if plan.checks:
            return Counted(None)
        find = plan.few or self._walk(plan, wanted, order.segments()[0])
        with database_errors():
            try:
                count = self._tickets.count_documents(
                    find.query, hint=find.hint, limit=MOST_COUNTED + 1, maxTimeMS=COUNT_MILLISECONDS
                )
            except ExecutionTimeout:
                return Counted(None)
        return Counted(min(count, MOST_COUNTED), count > MOST_COUNTED)

    def counters(self) -> dict[str, int]:
        """How many tickets are in each status, exactly: counted along with each change."""
        counts: dict[str, int] = {}
        with database_errors():
            for counter in self._counters.find({"_id": {"$regex": "^status:"}}):
                key = counter["_id"].removeprefix("status:").rpartition(":")[0]
                counts[key] = counts.get(key, 0) + counter["n"]
        return counts

    def numbers_reached(self, series: str) -> int:
        """The last place of a series (domain.numbering.series) that was given out; 0 before the first."""
        with database_errors():
            found = self._sequences.find_one({"_id": series})
        return int(found["value"]) if found else 0

    def finds(self, wanted: TicketFilter, order: TicketOrder) -> list[tuple[Find, Segment]]:
        """The queries of a list, for tests that ask the database how it would run them."""
        plan = self._plan(wanted, order)
        if plan is None:
            return []
        segments = _segments(wanted, order)
        return [(plan.few or self._walk(plan, wanted, segment), segment) for segment in segments]

    def _plan(self, wanted: TicketFilter, order: TicketOrder) -> _Plan | None:
        """None when nothing can fit."""
        base, checks = wanted.document(), list[Check]()
        if wanted.has_attachments is not None:
            checks.append(self._attachments_check(wanted.has_attachments))
        found = self._search.find(wanted.words)
        if found is not None:
            checks += [_word_check(self._search, word) for word in found.common]
            if found.ids is not None:
                query = {**base, "_id": {"$in": sorted(found.ids)}}
                return _Plan(base, checks, Find(query, [("_id", 1)], len(found.ids))) if found.ids else None
        walked = walk(wanted, _segments(wanted, order)[0])
        rare = few(wanted, walked, self._count, self._at_most)
        find = Find(both(base, rare.where), rare.keys, self._at_most) if rare else None
        return _Plan(base, checks, find)

    def _walk(self, plan: _Plan, wanted: TicketFilter, segment: Segment) -> Find:
        way = walk(wanted, segment)
        return Find(both(plan.base, segment.where, way.where), way.keys, None)

    def _entries(
        self,
        plan: _Plan,
        wanted: TicketFilter,
        order: TicketOrder,
        after: TicketPosition | None,
        limit: int,
    ) -> Iterator[Entry]:
        reader = TicketReader(self._tickets, plan.checks, limit + 1)
        if plan.few is not None:
            yield from reader.few(plan.few, order, after)
            return
        for segment in left(_segments(wanted, order), after):
            inside = after if after is not None and after.segment == segment.name else None
            yield from reader.walk(self._walk(plan, wanted, segment), segment, inside)

    def _count(self, where: Document, keys: Keys, limit: int) -> int:
        with database_errors():
            return self._tickets.count_documents(where, hint=keys, limit=limit, maxTimeMS=MAX_MILLISECONDS)

    def _attachments_check(self, wanted: bool) -> Check:
        def check(ids: Collection[str]) -> set[str]:
            pipeline: list[Document] = [
                {"$match": {"ticket_id": {"$in": sorted(ids)}}},
                {"$group": {"_id": "$ticket_id"}},
            ]
            with database_errors():
                answer = self._attachments.aggregate(pipeline, maxTimeMS=MAX_MILLISECONDS)
                having = {each["_id"] for each in answer}
            return having if wanted else set(ids) - having

        return check


def _segments(wanted: TicketFilter, order: TicketOrder) -> list[Segment]:
    """Those segments of the order in which the filter leaves anything: others would be walked for nothing."""
    segments = order.segments()
    if order.by in wanted.between and len(segments) > 1:
        return segments[:1]
    values = wanted.any_of.get("priority", ()) if order.by == PRIORITY else ()
    if not values:
        return segments
    named = {segment.name for segment in segments[:-1]}
    rest = NOBODY in values or not named.issuperset(values)
    return [each for each in segments[:-1] if each.name in values] + (segments[-1:] if rest else [])


def _word_check(search: TextSearch, word: str) -> Check:
    return lambda ids: search.check(ids, word)
