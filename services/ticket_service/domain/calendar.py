"""Business calendars: when the desk is open, and sums of open time over time zones, DST and holidays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAY_MINUTES: Final = 24 * 60
MAX_RANGES_A_DAY: Final = 10
MAX_OWN_DAYS: Final = 500
MAX_CALENDARS: Final = 100
_HORIZON: Final = timedelta(days=366 * 10)
"""How far ahead open time is looked for; what is not due within ten years is not due at all."""
_DAY: Final = timedelta(days=1)
_MARGIN: Final = timedelta(hours=4)

Span = tuple[datetime, datetime]
Pause = tuple[datetime, datetime | None]
"""From when to when time does not count; without an end it still lasts."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Open on this weekday (0 = Monday) between two times of the clock on the wall, in minutes of the day."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day of one's own on which the desk is closed, this once or on that day of every year."""

    day: date
    label: str = ""
    every_year: bool = False


@dataclass(slots=True)
class Calendar:
    """The administrator's business hours. `country` and `subdivision` (ISO 3166) name public holidays.

    On `open_days` the desk works in spite of a public holiday, as on any such weekday.
    """

    id: str
    name: str
    time_zone: str
    hours: list[OpenHours]
    created_at: datetime
    country: str | None = None
    subdivision: str | None = None
    closed_days: list[ClosedDay] = field(default_factory=list)
    open_days: list[date] = field(default_factory=list)
    version: int = 0


def overlaps(hours: Iterable[OpenHours]) -> list[OpenHours]:
    """Ranges that begin before the one before them on their day has ended."""
    found: list[OpenHours] = []
    before: OpenHours | None = None
    for each in sorted(hours, key=lambda each: (each.weekday, each.opens, each.closes)):
        if before is not None and before.weekday == each.weekday and each.opens < before.closes:
            found.append(each)
        before = each
    return found


@dataclass(frozen=True, eq=False)
class WorkingTime:
    """A calendar made ready for sums.

    A moment is open when the clock on the wall of `zone` shows a time within a range of its weekday and its
    date is no closed one: an hour that the clocks skip is not open, one they repeat is open twice.
    """

    zone: ZoneInfo
    ranges: tuple[tuple[tuple[int, int], ...], ...]
    closed: Callable[[date], bool]

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at that moment; closing time is closed."""
        spans = _open(self, at.astimezone(self.zone).date())
        return any(opens <= at < closes for opens, closes in spans)

    def spans(self, start: datetime) -> Iterator[Span]:
        """The open times from `start` on, in order, in UTC, for as long as the horizon lasts."""
        day, last = start.astimezone(self.zone).date(), (start + _HORIZON).date()
        while day <= last:
            for opens, closes in _open(self, day):
                if closes > start:
                    yield max(opens, start), closes
            day += _DAY

    def add(self, start: datetime, amount: timedelta, pauses: Sequence[Pause] = ()) -> datetime | None:
        """When `amount` of open time has gone by since `start`, pauses not counted.

        None when it never will: the calendar is not open often enough, or a pause has no end yet.
        """
        start = start.astimezone(UTC)
        if amount <= timedelta(0):
            return start
        left, spans = amount, self.spans(start)
        lasting = [each for each in pauses if each[1] is None or each[1] > start]
        if lasting:
            spans = _without(spans, [(first, last) for first, last in lasting if last is not None])
        held = min((first for first, last in lasting if last is None), default=None)
        for opens, closes in spans:
            due = opens + left
            if due <= closes:
                return None if held is not None and held < due else due
            if held is not None and held < closes:
                return None
            left -= closes - opens
        return None

    def between(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
        """How much open time lies between two moments, pauses not counted; zero when `end` is not later."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        total = timedelta(0)
        until = [(first, last or end) for first, last in pauses]
        for opens, closes in _without(self.spans(start), until):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total


def working_time(
    time_zone: str,
    hours: Iterable[OpenHours],
    closed_days: Iterable[ClosedDay],
    open_days: Iterable[date],
    public_holidays: Callable[[int], frozenset[date]],
) -> WorkingTime:
    """A calendar's parts made ready; `public_holidays` gives those of a year. ZoneInfoNotFoundError."""
    ranges: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for each in sorted(hours, key=lambda each: (each.weekday, each.opens)):
        ranges[each.weekday].append((each.opens, each.closes))
    opened = frozenset(open_days)
    once, yearly = set(), set()
    for own in closed_days:
        if own.every_year:
            yearly.add((own.day.month, own.day.day))
        else:
            once.add(own.day)

    def closed(day: date) -> bool:
        if day in once or (day.month, day.day) in yearly:
            return True
        return day not in opened and day in public_holidays(day.year)

    return WorkingTime(ZoneInfo(time_zone), tuple(tuple(each) for each in ranges), closed)


ALWAYS: Final = WorkingTime(ZoneInfo("UTC"), (((0, DAY_MINUTES),),) * 7, lambda day: False)
"""Open around the clock, where no calendar is set."""


@lru_cache(maxsize=8192)
def _open(working: WorkingTime, day: date) -> tuple[Span, ...]:
    ranges = working.ranges[day.weekday()]
    if not ranges or working.closed(day):
        return ()
    midnight = datetime.combine(day, time(), UTC)
    found = []
    for begin, end, offset in _offsets(working.zone, day):
        for opens, closes in ranges:
            first = max(midnight + timedelta(minutes=opens) - offset, begin)
            last = min(midnight + timedelta(minutes=closes) - offset, end)
            if first < last:
                found.append((first, last))
    return tuple(found)


@lru_cache(maxsize=8192)
def _offsets(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The zone's offsets on a local day, each with the time (UTC) in which it holds, in order."""
    low = datetime.combine(day, time(), UTC) - timedelta(hours=14) - _MARGIN
    high = datetime.combine(day, time(), UTC) + _DAY + timedelta(hours=12) + _MARGIN
    before = _offset(zone, datetime.combine(day, time(), zone).astimezone(UTC) - _MARGIN)
    after = _offset(zone, datetime.combine(day + _DAY, time(), zone).astimezone(UTC) + _MARGIN)
    if before == after:
        return ((low, high, before),)
    changed_after = datetime.combine(day, time(), zone).astimezone(UTC) - _MARGIN
    changed_by = datetime.combine(day + _DAY, time(), zone).astimezone(UTC) + _MARGIN
    while changed_by - changed_after > timedelta(seconds=1):
        middle = changed_after + (changed_by - changed_after) // 2
        if _offset(zone, middle) == before:
            changed_after = middle
        else:
            changed_by = middle
    moment = changed_by.replace(microsecond=0)
    return ((low, moment, before), (moment, high, after))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _without(spans: Iterable[Span], pauses: Iterable[Span]) -> Iterator[Span]:
    """The spans without the pauses, both in order of time; pauses may touch and overlap."""
    ordered = sorted(pauses)
    for opens, closes in spans:
        at = opens
        for start, end in ordered:
            if start >= closes:
                break
            if end <= at:
                continue
            if start > at:
                yield at, start
            at = end
            if at >= closes:
                break
        if at < closes:
            yield at, closes
