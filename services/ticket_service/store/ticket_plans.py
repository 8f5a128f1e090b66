"""Which index serves a list of tickets, so that no list reads the collection or sorts what has no bound.

Some fields are shared by few tickets (a requester, a contract, a tag), some by many (a category), and no
index can have every order. So a list is read in one of two ways. Where any of its conditions is met by few
tickets only (counted in the index, up to FEW), those are read and sorted. Else the tickets are walked in the
order of the list, through an index that has that order, and what does not fit is passed over: as all
conditions are then common, a page is soon full.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from services.ticket_service.store import ticket_indexes as by
from services.ticket_service.store.search import RATINGS
from services.ticket_service.store.ticket_filter import FIELDS, NOBODY, Document, TicketFilter, condition
from services.ticket_service.store.ticket_indexes import Keys
from services.ticket_service.store.ticket_order import Segment

FEW: Final = 1_000
"""So many tickets are read and sorted in some milliseconds."""
MOST_PROBES: Final = 5

_TIMED: Final[dict[str, Keys]] = {
    "solution_forecast": by.FORECAST,
    "due_at": by.DUE,
    "closed_at": [("closed_at", 1)],
}
_LISTED_TIMES: Final[dict[str, Keys]] = {"created_at": by.CREATED, "updated_at": by.UPDATED}
_PROBED: Final[dict[str, Keys]] = {
    "requester_id": [("requester_id", 1)],
    **dict.fromkeys(by.SINGLE, by.TRAITS),
    **dict.fromkeys(("assignee", "group", "priority", "status", "channel_id"), by.UPDATED),
}
"""Fields with an index for their values, those first of which a value is likely to be rare."""

Count = Callable[[Document, Keys, int], int]
"""Counts what fits a condition in an index, up to a limit."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where tickets are read: by this condition in this index. It decides on these fields of the filter."""

    where: Document
    keys: Keys
    decides: frozenset[str]


def few(wanted: TicketFilter, walked: Way, count: Count, at_most: int = FEW) -> Way | None:
    """A condition of the filter that at most so many tickets meet; None when there is none.

    `walked` is how the tickets would be walked: what narrows it already needs no counting.
    """
    probes = [probe for probe in _probes(wanted) if not walked.decides.issuperset(probe.decides)]
    for probe in probes[:MOST_PROBES]:
        if count(probe.where, probe.keys, at_most + 1) <= at_most:
            return probe
    return None


def _probes(wanted: TicketFilter) -> list[Way]:
    """What may be met by few, the likeliest first."""
    found = _flagged(wanted)
    values = {FIELDS[name]: given for name, given in wanted.any_of.items() if given}
    for field, keys in _PROBED.items():
        if field in values and NOBODY not in values[field]:
            found.append(Way(by.with_value(field, values[field]), keys, frozenset({field})))
    times = TicketFilter(between=wanted.between, merged=None, deleted=None).document()
    for field, keys in _LISTED_TIMES.items():
        if field in times:
            found.append(Way({**by.in_lists([by.ALL]), field: times[field]}, keys, frozenset({field})))
    for field, keys in _TIMED.items():
        if field in times:
            found.append(Way({field: {"$gt": by.EPOCH, **times[field]}}, keys, frozenset({field})))
    return found


def _flagged(wanted: TicketFilter) -> list[Way]:
    """What people want to see because there should be little of it."""
    found = []
    mine = wanted.any_of.get("assignee", ())
    if wanted.open and mine and NOBODY not in mine:
        where = {"assignee": condition("assignee", mine), "closed_at": None}
        found.append(Way(where, by.OPEN_OF_ASSIGNEE, frozenset(where)))
    if wanted.rated:
        found.append(Way(by.with_value("rating", RATINGS), by.TRAITS, frozenset({"traits"})))
    for asked, name in (
        (wanted.unread, by.UNREAD),
        (wanted.unanswered, by.UNANSWERED),
        (wanted.deleted, by.DELETED),
        (wanted.merged, by.MERGED),
    ):
        if asked:
            found.append(Way({"traits": name}, by.TRAITS, frozenset({"traits"})))
    return found


def walk(wanted: TicketFilter, segment: Segment) -> Way:
    """The index in which the segment's order stands, narrowed by a condition of the filter if it can be."""
    field = segment.field
    values = {FIELDS[name]: given for name, given in wanted.any_of.items() if given and NOBODY not in given}
    if field == "updated_at":
        for narrowing in ("assignee", "group", "status", "channel_id"):
            # The lists of several people would have to be merged, and one person's is short.
            if narrowing in values and (len(values[narrowing]) == 1 or narrowing in ("status", "channel_id")):
                return _listed(by.with_value(narrowing, values[narrowing]), by.UPDATED, field, narrowing)
        return _listed(by.in_lists([by.ALL]), by.UPDATED, field)
    if field == "created_at":
        return _by_creation(values.get("status", ()), (segment.where.get("priority") or {}).get("$eq"))
    keys = {"number_key": by.NUMBER, "solution_forecast": by.FORECAST, "due_at": by.DUE}[field]
    return Way({}, keys, frozenset({field}))


def _by_creation(statuses: Collection[str], priority: str | None) -> Way:
    """Those of a priority, in some statuses, or all."""
    of_priority = {} if priority is None else {"priority": priority}
    if not statuses and not of_priority:
        return _listed(by.in_lists([by.ALL]), by.CREATED, "created_at")
    if not statuses:
        return _listed(by.in_lists([by.listing(**of_priority)]), by.CREATED, "created_at", "priority")
    lists = [by.listing(status=each, **of_priority) for each in statuses]
    return _listed(by.in_lists(lists), by.CREATED, "created_at", "status", *of_priority)


def _listed(where: Document, keys: Keys, *decides: str) -> Way:
    return Way(where, keys, frozenset(decides))
