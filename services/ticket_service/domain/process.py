"""The way a ticket went through the desk's statuses: how long it was in each, and who moved it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from services.ticket_service.domain.history import OPENED, STATUS, Actor, HistoryEntry


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in one status. `left_at` is None while it lasts; `seconds` count until then, or until now."""

    status: str
    entered_at: datetime
    left_at: datetime | None
    entered_by: Actor
    seconds: int


@dataclass(frozen=True, slots=True)
class StatusTotal:
    """All times in one status together."""

    status: str
    seconds: int
    times: int


@dataclass(frozen=True, slots=True)
class Move:
    """How often a ticket went from one status to another; `first` is the number of its first such move."""

    before: str
    after: str
    times: int
    first: int


def stays(history: Iterable[HistoryEntry], now: datetime) -> list[Stay]:
    """The times in each status, in order, from a ticket's history in the order of time.

    Other entries are passed over. Clocks of several machines may disagree: no stay is shorter than nothing.
    """
    entered = [entry for entry in history if entry.what in (OPENED, STATUS)]
    found = []
    for position, entry in enumerate(entered):
        left = entered[position + 1].at if position + 1 < len(entered) else None
        lasted = max((left or now) - entry.at, timedelta(0))
        found.append(Stay(str(entry.after), entry.at, left, entry.who, int(lasted.total_seconds())))
    return found


def totals(path: Iterable[Stay]) -> list[StatusTotal]:
    """The time in each status, in the order in which the ticket first entered them."""
    seconds: dict[str, int] = {}
    times: dict[str, int] = {}
    for stay in path:
        seconds[stay.status] = seconds.get(stay.status, 0) + stay.seconds
        times[stay.status] = times.get(stay.status, 0) + 1
    return [StatusTotal(status, seconds[status], times[status]) for status in seconds]


def moves(path: Iterable[Stay]) -> list[Move]:
    """The moves between statuses, in the order in which each was first made."""
    statuses = [stay.status for stay in path]
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], int] = {}
    for number, pair in enumerate(pairwise(statuses), 1):
        counts[pair] = counts.get(pair, 0) + 1
        first.setdefault(pair, number)
    return [Move(before, after, counts[before, after], first[before, after]) for before, after in counts]
