"""The calendar's arithmetic: which days a view shows, and where in them each intervention stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

MONTH: Final = "month"
WEEK: Final = "week"
DAY: Final = "day"
AGENDA: Final = "agenda"
VIEWS: Final = (MONTH, WEEK, DAY, AGENDA)
AGENDA_DAYS: Final = 30
QUARTERS: Final = 4
USUAL_MINUTES: Final = 60
"""How long something stands in the calendar of which nobody said how long it takes."""
MAX_DAY_ROWS: Final = 24 * QUARTERS
MOST_LANES: Final = 6
_WORKDAY: Final = (7, 20)
_STEP: Final = timedelta(minutes=60 // QUARTERS)
_ONE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a view, `first` to `last` (both shown); `before` and `after` are days of the neighbours."""

    view: str
    on: date
    first: date
    last: date
    before: date
    after: date

    def days(self) -> list[date]:
        """Each day of it."""
        return [self.first + at * _ONE for at in range((self.last - self.first).days + 1)]

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins, and when it is over, in UTC."""
        begins = datetime.combine(self.first, time(), zone).astimezone(UTC)
        return begins, datetime.combine(self.last + _ONE, time(), zone).astimezone(UTC)


@dataclass(slots=True)
class Placed:
    """One intervention on one day. `row` and `rows` are in quarters of an hour from the first hour shown.

    `lane` is its place among `lanes` beside each other (from 1); `begins` says that it starts on this day.
    """

    each: dict[str, Any]
    start: datetime
    end: datetime
    begins: bool
    row: int = 0
    rows: int = 1
    lane: int = 1


@dataclass(slots=True)
class Column:
    """A day with what stands in it, in the order of time."""

    day: date
    inside: bool
    today: bool
    placed: list[Placed] = field(default_factory=list)
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """The days of a view and the hours that have to be shown of each."""

    columns: list[Column]
    first_hour: int
    last_hour: int

    def weeks(self) -> list[list[Column]]:
        """The days, seven by seven."""
        return [self.columns[at : at + 7] for at in range(0, len(self.columns), 7)]


def span_of(view: str, on: date, first_weekday: int) -> Span:
    """The days that a view shows around a day; weeks begin with `first_weekday` (0 is Monday)."""
    if view == DAY:
        return Span(view, on, on, on, on - _ONE, on + _ONE)
    if view == AGENDA:
        length = AGENDA_DAYS * _ONE
        return Span(view, on, on, on + length - _ONE, on - length, on + length)
    if view == WEEK:
        first = _week_of(on, first_weekday)
        return Span(view, on, first, first + 6 * _ONE, on - 7 * _ONE, on + 7 * _ONE)
    begins = on.replace(day=1)
    follows = (begins + 31 * _ONE).replace(day=1)
    last = _week_of(follows - _ONE, first_weekday) + 6 * _ONE
    return Span(view, on, _week_of(begins, first_weekday), last, (begins - _ONE).replace(day=1), follows)


def grid_of(span: Span, found: Iterable[dict[str, Any]], zone: ZoneInfo, today: date) -> Grid:
    """The days with these interventions (as the interface shows them) in the zone's time."""
    month = span.on.month if span.view == MONTH else None
    columns = [Column(day, month in (None, day.month), day == today) for day in span.days()]
    by_day = {column.day: column for column in columns}
    for each in found:
        for placed in _days_of(each, zone):
            if placed.start.date() in by_day:
                by_day[placed.start.date()].placed.append(placed)
    first, last = _hours([placed for column in columns for placed in column.placed])
    for column in columns:
        column.placed.sort(key=lambda placed: (placed.start, placed.end, placed.each["id"]))
        column.lanes = _into_lanes(column.placed)
        for placed in column.placed:
            _set_rows(placed, first)
    return Grid(columns, first, last)


def _week_of(day: date, first_weekday: int) -> date:
    return day - ((day.weekday() - first_weekday) % 7) * _ONE


def _days_of(each: dict[str, Any], zone: ZoneInfo) -> list[Placed]:
    """The part of it on each day it takes."""
    planned = datetime.fromisoformat(each["planned_at"])
    length = timedelta(minutes=each["minutes"] or USUAL_MINUTES)
    start, end = planned.astimezone(zone), (planned + length).astimezone(zone)
    parts, at = [], start
    while at < end:
        midnight = datetime.combine(at.date() + _ONE, time(), zone)
        parts.append(Placed(each, at, min(end, midnight), at == start))
        at = midnight
    return parts


def _hours(placed: Sequence[Placed]) -> tuple[int, int]:
    """The hours of a working day, and earlier or later ones where something stands there."""
    first, last = _WORKDAY
    for each in placed:
        first = min(first, each.start.hour)
        ends_next_day = each.end.date() > each.start.date()
        last = max(last, 24 if ends_next_day else each.end.hour + (1 if each.end.minute else 0))
    return first, last


def _into_lanes(placed: Sequence[Placed]) -> int:
    """Put what is at the same time beside each other; how many stand so at most."""
    ends: list[datetime] = []
    for each in placed:
        free = next((at for at, end in enumerate(ends) if end <= each.start), None)
        if free is None:
            free = len(ends)
            ends.append(each.end)
        ends[free] = max(each.end, each.start + _STEP)
        each.lane = min(free + 1, MOST_LANES)
    return min(max(len(ends), 1), MOST_LANES)


def _set_rows(placed: Placed, first_hour: int) -> None:
    begins = placed.start.hour * QUARTERS + placed.start.minute // (60 // QUARTERS)
    minutes = (placed.end.replace(tzinfo=None) - placed.start.replace(tzinfo=None)).total_seconds() / 60
    placed.row = begins - first_hour * QUARTERS
    placed.rows = max(1, min(round(minutes * QUARTERS / 60), MAX_DAY_ROWS - begins))
