"""The orders in which tickets are listed, each stable: no page skips or repeats a ticket that did not move.

An order is a row of segments, listed one after the other: those of each priority, and at last those without
one; those with a forecast, and at last those without. So the order of priorities stays the administrator's,
and nothing has to be written anew when it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.ticket_service.store.ticket_indexes import EPOCH

UPDATED: Final = "updated"
CREATED: Final = "created"
NUMBER: Final = "number"
PRIORITY: Final = "priority"
FORECAST: Final = "forecast"
DUE: Final = "due"
ORDERS: Final = (UPDATED, CREATED, NUMBER, PRIORITY, FORECAST, DUE)
_FIELDS: Final = {
    UPDATED: "updated_at",
    CREATED: "created_at",
    NUMBER: "number_key",
    FORECAST: "solution_forecast",
    DUE: "due_at",
}
_REST: Final = "-"
"""The segment of those that do not have what the order goes by. No priority has this key."""


@dataclass(frozen=True, slots=True)
class TicketPosition:
    """Where a page begins: after this ticket of this segment."""

    segment: str
    value: datetime | str
    id: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Tickets that are so (`where`), by a field and then by id."""

    name: str
    where: dict[str, Any]
    field: str
    descending: bool

    def sort(self) -> list[tuple[str, int]]:
        """For the query."""
        direction = -1 if self.descending else 1
        return [(self.field, direction), ("_id", direction)]

    def after(self, position: TicketPosition) -> dict[str, Any]:
        """What comes after the position. The bound on the field is there for the index."""
        beyond, reach = ("$lt", "$lte") if self.descending else ("$gt", "$gte")
        return {
            self.field: {reach: position.value},
            "$or": [{self.field: {beyond: position.value}}, {"_id": {beyond: position.id}}],
        }

    def position(self, document: dict[str, Any]) -> TicketPosition:
        """Where a document of the segment stands."""
        return TicketPosition(self.name, document[self.field], document["_id"])


@dataclass(frozen=True, slots=True)
class TicketOrder:
    """`by` is one of ORDERS. `priorities` are the keys in the administrator's order (for PRIORITY only)."""

    by: str = UPDATED
    descending: bool = True
    priorities: Sequence[str] = ()

    @property
    def name(self) -> str:
        """As the interface writes it."""
        return f"-{self.by}" if self.descending else self.by

    def segments(self) -> list[Segment]:
        """In the order of the list. Within a priority, and without a forecast, the oldest ticket is first."""
        if self.by == PRIORITY:
            keys = list(reversed(self.priorities)) if self.descending else list(self.priorities)
            each = [Segment(key, {"priority": {"$eq": key}}, "created_at", False) for key in keys]
            return [*each, Segment(_REST, {"priority": {"$nin": keys}}, "created_at", False)]
        field = _FIELDS[self.by]
        if self.by in (FORECAST, DUE):
            return [
                Segment(self.by, {field: {"$gt": EPOCH}}, field, self.descending),
                Segment(_REST, {field: None}, "created_at", False),
            ]
        return [Segment(self.by, {}, field, self.descending)]

    def place(self, document: dict[str, Any]) -> int:
        """The number of the segment in which a ticket stands."""
        if self.by == PRIORITY:
            names = [segment.name for segment in self.segments()]
            return names.index(document["priority"]) if document["priority"] in names else len(names) - 1
        return int(document[_FIELDS[self.by]] is None)


def left(segments: list[Segment], position: TicketPosition | None) -> list[Segment]:
    """The segments from the position on; only the last one when that of the position is gone since."""
    names = [segment.name for segment in segments]
    if position is None:
        return segments
    return segments[names.index(position.segment) :] if position.segment in names else segments[-1:]
