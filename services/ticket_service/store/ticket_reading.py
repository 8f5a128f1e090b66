"""Reads tickets in an order: few of them whole and sorted here, many by walking through an index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pymongo.collection import Collection as MongoCollection

from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.ticket_filter import Document
from services.ticket_service.store.ticket_indexes import Keys
from services.ticket_service.store.ticket_order import Segment, TicketOrder, TicketPosition, left
from shared.mongo.transactions import database_errors

Check = Callable[[Collection[str]], set[str]]
"""Which of these tickets fit, where the database cannot say it in the query."""
_AHEAD: Final = 8
"""Where tickets are checked, so many times a page is looked at at once."""
_BATCH: Final = 2_000
"""All at once: the server's first batch has 101 documents otherwise, and each further one is a way to it."""


@dataclass(frozen=True, slots=True)
class Find:
    """One query as it is sent. `few`: at most so many tickets fit and are read whole; None: walk in order."""

    query: Document
    hint: Keys
    few: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A ticket's document, where it stands, and whether it passed all checks."""

    document: Document
    position: TicketPosition
    fits: bool


class TicketReader:
    """The two ways of reading; each gives entries in order, lazily, after a position."""

    def __init__(self, tickets: MongoCollection[Document], checks: list[Check], size: int) -> None:
        """`size` is how many entries are likely to be taken."""
        self._tickets = tickets
        self._checks = checks
        self._size = size * _AHEAD if checks else size

    def few(self, find: Find, order: TicketOrder, after: TicketPosition | None) -> Iterator[Entry]:
        """What the query finds, sorted here."""
        segments = order.segments()
        remaining = {segment.name for segment in left(segments, after)}
        fields = {segment.field: 1 for segment in segments} | {"priority": 1}
        places: list[list[Document]] = [[] for _ in segments]
        with database_errors():
            cursor = self._tickets.find(find.query, fields, batch_size=_BATCH).hint(find.hint)
            for document in cursor.max_time_ms(MAX_MILLISECONDS):
                places[order.place(document)].append(document)
        positions: list[TicketPosition] = []
        for segment, place in zip(segments, places, strict=True):
            if segment.name in remaining:
                found = sorted(
                    (segment.position(each) for each in place), key=_key, reverse=segment.descending
                )
                positions += [each for each in found if _behind(each, after, segment)]
        for start in range(0, len(positions), self._size):
            chunk = positions[start : start + self._size]
            yield from self._by_id(chunk)

    def walk(self, find: Find, segment: Segment, after: TicketPosition | None) -> Iterator[Entry]:
        """The tickets of one segment, through an index that has its order."""
        # What has to be checked first is read whole only once it fits.
        fields = {segment.field: 1} if self._checks else None
        while True:
            query = find.query if after is None else both(find.query, segment.after(after))
            with database_errors():
                cursor = self._tickets.find(query, fields, batch_size=self._size).sort(segment.sort())
                chunk = list(cursor.hint(find.hint).limit(self._size).max_time_ms(MAX_MILLISECONDS))
            if not chunk:
                return
            positions = [segment.position(document) for document in chunk]
            after = positions[-1]
            if self._checks:
                yield from self._by_id(positions)
            else:
                yield from (
                    Entry(document, position, True)
                    for document, position in zip(chunk, positions, strict=True)
                )
            if len(chunk) < self._size:
                return

    def _by_id(self, positions: list[TicketPosition]) -> Iterator[Entry]:
        ids = [position.id for position in positions]
        fits = self._fitting(ids)
        with database_errors():
            cursor = self._tickets.find({"_id": {"$in": sorted(fits)}}, batch_size=_BATCH)
            found = {document["_id"]: document for document in cursor.max_time_ms(MAX_MILLISECONDS)}
        for position in positions:
            yield Entry(found.get(position.id, {}), position, position.id in found)

    def _fitting(self, ids: list[str]) -> set[str]:
        fits = set(ids)
        for check in self._checks:
            fits = check(fits) if fits else fits
        return fits


def both(*parts: Document) -> Document:
    """All of these filters together."""
    given = [part for part in parts if part]
    return {"$and": given} if len(given) > 1 else (given[0] if given else {})


def _key(position: TicketPosition) -> tuple[Any, str]:
    return position.value, position.id


def _behind(each: TicketPosition, after: TicketPosition | None, segment: Segment) -> bool:
    if after is None or after.segment != segment.name:
        return True
    return _key(each) < _key(after) if segment.descending else _key(each) > _key(after)
