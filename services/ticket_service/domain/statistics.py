"""The desk's numbers: the days they are counted by, and medians out of classes of waits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

STEP: Final = 1.02
"""Waits are counted in classes, each 2 % longer than the one before: a median is right to within 1 %."""
MOST_DAYS: Final = 92
KEPT: Final = "kept"
BROKEN: Final = "broken"
RUNNING: Final = "running"
OUTCOMES: Final = (KEPT, BROKEN, RUNNING)
"""How a promise ended, or that it did not yet."""

_EPOCH: Final = date(1970, 1, 1)

Waits = Mapping[int, int]
"""How many waits there were of each class (see `wait_class`)."""


@dataclass(frozen=True, slots=True)
class Shift:
    """From `since` on local clocks are so far ahead of UTC."""

    since: datetime
    ahead: timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in a zone, the last of them today: from `start` on, before `end`; `shifts` in order of time.

    The zone is given as shifts, because not every database knows every zone.
    """

    days: tuple[date, ...]
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """Tickets that opened in a span: how many a day, how long their customers waited, what was promised.

    `agents` and `waits_by_agent` are by the id of whoever is responsible now; None: nobody. `promises` has by
    target how many ended how.
    """

    days: Mapping[date, int] = field(default_factory=dict)
    waits: Mapping[date, Waits] = field(default_factory=dict)
    agents: Mapping[str | None, int] = field(default_factory=dict)
    waits_by_agent: Mapping[str | None, Waits] = field(default_factory=dict)
    promises: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """Tickets that are closed, by when that was and by whoever is responsible."""

    days: Mapping[date, int] = field(default_factory=dict)
    agents: Mapping[str | None, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heap:
    """Tickets that are not closed and have all this in common; `unanswered` customers wait for an answer."""

    status: str
    channel: str
    assignee: str | None
    late: bool
    count: int
    unanswered: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of tickets that have all this in common, by the day on which the customer gave them."""

    day: date
    channel: str
    assignee: str | None
    score: int
    count: int


def average(ratings: Iterable[Ratings]) -> float | None:
    """Their mean score, to two decimals; None without any."""
    scores = [(each.score, each.count) for each in ratings]
    count = sum(each for _, each in scores)
    return round(sum(score * each for score, each in scores) / count, 2) if count else None


def span(now: datetime, zone: tzinfo, days: int) -> Span:
    """The last so many days of the zone, today among them. ValueError unless there are 1 to MOST_DAYS."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"1 to {MOST_DAYS} days, not {days}")
    today = now.astimezone(zone).date()
    dates = tuple(today - timedelta(days=days - 1 - each) for each in range(days))
    nights = [_midnight(each, zone) for each in (*dates, today + timedelta(days=1))]
    shifts = [Shift(nights[0], _ahead(nights[0], zone))]
    for before, after in pairwise(nights):
        if _ahead(after, zone) != shifts[-1].ahead:
            shifts.append(_turn(before, after, zone))
    return Span(dates, nights[0], nights[-1], tuple(shifts))


def day_number(day: date) -> int:
    """Days since 1970: how the database names a day."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Back from day_number."""
    return _EPOCH + timedelta(days=number)


def wait_class(seconds: float) -> int:
    """The class of a wait; what is shorter than nothing, by clocks that disagree, is nothing."""
    return math.floor(math.log(max(seconds, 0.0) + 1) / math.log(STEP))


def together(waits: Iterable[Waits]) -> dict[int, int]:
    """Several counts as one."""
    total: dict[int, int] = {}
    for each in waits:
        for number, count in each.items():
            total[number] = total.get(number, 0) + count
    return total


def percentile(waits: Waits, share: float) -> int | None:
    """The wait, in whole seconds, that this share of all did not exceed (nearest rank); None without any.

    ValueError unless the share is above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    rank = math.ceil(share * sum(waits.values()))
    passed = 0
    for number in sorted(waits):
        passed += waits[number]
        if passed >= rank:
            return math.floor(math.pow(STEP, number + 0.5) - 0.5)
    return None


def _midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins, in UTC; where clocks skip midnight, as some zones do, when they skip it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _ahead(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _turn(before: datetime, after: datetime, zone: tzinfo) -> Shift:
    """The minute between the two at which the zone's clocks were put to what they show after."""
    wanted = _ahead(after, zone)
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        before, after = (before, middle) if _ahead(middle, zone) == wanted else (middle, after)
    return Shift(after, wanted)
