"""Which index serves a list of tickets, so that no list reads the collection or sorts what has no bound.

Some fields are shared by few tickets (a requester, a contract, a tag), some by many (a category), and no
index can have every order. So a list is read in one of two ways. Where any of its conditions is met by few
tickets only (counted in the index, up to FEW), those are read and sorted. Else the tickets are walked in the
order of the list, through an index that has that order, and what does not fit is passed over: as all
conditions are then common, a page is soon full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from services.ticket_service.store import ticket_indexes as by
from services.ticket_service.store.ticket_filter import FIELDS, NOBODY, Document, TicketFilter, condition
from services.ticket_service.store.ticket_indexes import Keys
from services.ticket_service.store.ticket_order import Segment

FEW: Final = 1_000
"""So many tickets are read and sorted in some milliseconds."""
MOST_PROBES: Final = 5

_ORDERED: Final[dict[str, Keys]] = {
    "assignee": by.BY_ASSIGNEE,
    "group": by.BY_GROUP,
    "priority": by.PRIORITY,
    "status": by.BY_STATUS,
    "channel_id": by.BY_CHANNEL,
}
_TIMED: Final[dict[str, Keys]] = {
    "created_at": by.CREATED,
    "updated_at": by.NEWEST,
    "solution_forecast": by.FORECAST,
    "due_at": by.DUE,
    "closed_at": [("closed_at", 1)],
}
_BY_VALUE: Final = {"requester_id": [("requester_id", 1)], **dict.fromkeys(by.SINGLE, by.TRAITS), **_ORDERED}
_WITHOUT_VALUE: Final = frozenset({"status", "channel_id", "requester_id"})
"""Indexed also where it is not filled in; the other indexes are partial."""

Count = Callable[[Document, Keys, int], int]
"""Counts what fits a condition in an index, up to a limit."""


@dataclass(frozen=True, slots=True)
class Few:
    """A condition that few tickets meet, and the index it is read from."""

    where: Document
    keys: Keys


def few(wanted: TicketFilter, walked: Keys, count: Count, at_most: int = FEW) -> Few | None:
    """A condition of the filter that at most so many tickets meet; None when there is none.

    `walked` is the index in which the tickets would be walked: what narrows it already needs no counting.
    """
    narrowed = {field for field, _ in walked}
    probes = [probe for probe in _probes(wanted) if not narrowed.issuperset(probe.where)]
    for probe in probes[:MOST_PROBES]:
        if count(probe.where, probe.keys, at_most + 1) <= at_most:
            return probe
    return None


def _probes(wanted: TicketFilter) -> list[Few]:
    """What may be met by few, the likeliest first."""
    found = _flagged(wanted)
    values = {FIELDS[name]: given for name, given in wanted.any_of.items() if given}
    for field, keys in _BY_VALUE.items():
        if field in values:
            where = condition(field, values[field])
            if keys is by.TRAITS and NOBODY not in values[field]:
                found.append(Few(by.with_trait(field, values[field]), keys))
            elif keys is not by.TRAITS and (field in _WITHOUT_VALUE or not _allows_unset(where)):
                found.append(Few({field: where}, keys))
    times = TicketFilter(between=wanted.between, merged=None, deleted=None).document()
    for field, keys in _TIMED.items():
        if field in times:
            limits = times[field]
            if field in ("created_at", "updated_at"):
                found.append(Few({field: limits}, keys))
            else:
                found.append(Few({field: {"$gt": by.EPOCH, **limits}}, keys))
    return found


def _flagged(wanted: TicketFilter) -> list[Few]:
    """What people want to see because there should be little of it."""
    found = []
    mine = wanted.any_of.get("assignee", ())
    if wanted.open and mine and NOBODY not in mine:
        where = {"assignee": condition("assignee", mine), "closed_at": None}
        found.append(Few(where, by.OPEN_OF_ASSIGNEE))
    for asked, name in (
        (wanted.unread, by.UNREAD),
        (wanted.unanswered, by.UNANSWERED),
        (wanted.deleted, by.DELETED),
        (wanted.merged, by.MERGED),
    ):
        if asked:
            found.append(Few({"traits": name}, by.TRAITS))
    return found


def walk(wanted: TicketFilter, segment: Segment) -> Keys:
    """The index in which the segment's order stands, narrowed by a condition of the filter if it can be."""
    one = {FIELDS[name] for name, given in wanted.any_of.items() if len(given) == 1 and NOBODY not in given}
    status = bool(wanted.any_of.get("status"))
    if segment.field == "updated_at":
        narrowed = [
            keys for field, keys in (("assignee", by.BY_ASSIGNEE), ("group", by.BY_GROUP)) if field in one
        ]
        narrowed += [by.BY_STATUS] if status else []
        narrowed += [by.BY_CHANNEL] if wanted.any_of.get("channel") else []
        return [*narrowed, by.NEWEST][0]
    if segment.field == "number_key":
        return by.NUMBER
    if segment.field == "created_at":
        if "$eq" in (segment.where.get("priority") or {}):
            return by.STATUS_PRIORITY if status else by.PRIORITY
        return by.STATUS_CREATED if status else by.CREATED
    if segment.field == "solution_forecast":
        return by.FORECAST
    return by.DUE


def _allows_unset(where: dict[str, Any]) -> bool:
    return any(value is None or value == [] for value in where.get("$in", ()))
