"""Where interventions stand in the calendar: days, hours, beside each other, over midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.console.records.grid import (
    AGENDA,
    DAY,
    MAX_DAY_ROWS,
    MONTH,
    MOST_LANES,
    VIEWS,
    WEEK,
    Grid,
    grid_of,
    span_of,
)

ROME = ZoneInfo("Europe/Rome")
MONDAY, SUNDAY = 0, 6


def planned(at: str, minutes: int | None = 60, id_: str = "i") -> dict[str, Any]:
    return {"id": id_, "planned_at": at, "minutes": minutes}


def week_with(*found: dict[str, Any]) -> Grid:
    span = span_of(WEEK, date(2025, 2, 27), MONDAY)
    return grid_of(span, found, ROME, date(2025, 2, 27))


@pytest.mark.parametrize(
    ("view", "on", "weekday", "first", "last"),
    [
        (MONTH, date(2025, 2, 27), MONDAY, date(2025, 1, 27), date(2025, 3, 2)),
        (MONTH, date(2025, 2, 27), SUNDAY, date(2025, 1, 26), date(2025, 3, 1)),
        (MONTH, date(2025, 12, 31), MONDAY, date(2025, 12, 1), date(2026, 1, 4)),
        (WEEK, date(2025, 3, 2), MONDAY, date(2025, 2, 24), date(2025, 3, 2)),
        (WEEK, date(2025, 3, 2), SUNDAY, date(2025, 3, 2), date(2025, 3, 8)),
        (DAY, date(2025, 3, 2), MONDAY, date(2025, 3, 2), date(2025, 3, 2)),
        (AGENDA, date(2025, 3, 2), MONDAY, date(2025, 3, 2), date(2025, 3, 31)),
    ],
)
def test_a_view_shows_whole_weeks_or_the_days_asked_for(
    view: str, on: date, weekday: int, first: date, last: date
) -> None:
    span = span_of(view, on, weekday)
    assert (span.first, span.last) == (first, last)


@given(st.sampled_from(VIEWS), st.dates(date(1980, 1, 1), date(2100, 1, 1)), st.integers(0, 6))
def test_earlier_and_later_leave_no_day_out(view: str, on: date, weekday: int) -> None:
    span = span_of(view, on, weekday)
    assert span.first <= on <= span.last
    later = span_of(view, span.after, weekday)
    assert later.first <= span.last + timedelta(days=1)
    assert later.last > span.last
    assert span_of(view, span.before, weekday).last >= span.first - timedelta(days=1)


def test_what_is_planned_stands_at_its_hour_of_the_readers_zone() -> None:
    grid = week_with(planned("2025-02-27T08:30:00Z", 90))
    (placed,) = grid.columns[3].placed
    assert (placed.start.hour, placed.start.minute) == (9, 30)
    assert (grid.first_hour, placed.row, placed.rows) == (7, 10, 6)


def test_what_goes_over_midnight_stands_on_both_days() -> None:
    grid = week_with(planned("2025-02-27T21:00:00Z", 180))
    (evening,), (night,) = grid.columns[3].placed, grid.columns[4].placed
    assert (evening.begins, evening.rows, night.begins, night.rows) == (True, 8, False, 4)
    assert (grid.first_hour, grid.last_hour) == (0, 24)
    assert week_with(planned("2025-02-27T22:00:00Z", 60)).last_hour == 24


def test_hours_outside_of_the_working_day_are_shown_where_something_stands_there() -> None:
    assert (week_with().first_hour, week_with().last_hour) == (7, 20)
    early_and_late = week_with(planned("2025-02-25T04:15:00Z"), planned("2025-02-26T19:30:00Z"))
    assert (early_and_late.first_hour, early_and_late.last_hour) == (5, 22)


def test_what_is_at_the_same_time_stands_beside_each_other() -> None:
    at = "2025-02-27T08:00:00Z"
    grid = week_with(planned(at, 60, "a"), planned(at, 30, "b"), planned("2025-02-27T08:30:00Z", 60, "c"))
    column = grid.columns[3]
    assert column.lanes == 2
    assert {each.each["id"]: each.lane for each in column.placed} == {"b": 1, "a": 2, "c": 1}


def test_on_the_night_the_clock_changes_the_wall_clock_rules() -> None:
    span = span_of(DAY, date(2025, 3, 30), MONDAY)
    begins, ends = span.bounds(ROME)
    assert ends - begins == timedelta(hours=23)
    grid = grid_of(span, [planned("2025-03-30T00:30:00Z", 60)], ROME, date(2025, 3, 30))
    (placed,) = grid.columns[0].placed
    assert (placed.start.hour, placed.end.hour) == (1, 3)


_FIRST = datetime(2025, 2, 20, tzinfo=UTC)
_MOMENTS = st.integers(0, 44 * 1_440).map(lambda minutes: _FIRST + timedelta(minutes=minutes))
_PLANS = st.tuples(_MOMENTS, st.one_of(st.none(), st.integers(1, 3_000)))


@given(st.lists(_PLANS, max_size=12), st.sampled_from(VIEWS))
def test_everything_fits_into_the_rows_and_lanes_there_are(
    plans: list[tuple[datetime, int | None]], view: str
) -> None:
    found = [planned(f"{at:%Y-%m-%dT%H:%M:%SZ}", length, str(n)) for n, (at, length) in enumerate(plans)]
    grid = grid_of(span_of(view, date(2025, 3, 12), MONDAY), found, ROME, date(2025, 3, 12))
    for column in grid.columns:
        for placed in column.placed:
            assert placed.row >= 0
            assert placed.rows >= 1
            assert placed.row + placed.rows <= (grid.last_hour - grid.first_hour) * 4 <= MAX_DAY_ROWS
            assert 1 <= placed.lane <= column.lanes <= MOST_LANES
    if view == MONTH:
        assert all(len(week) == 7 for week in grid.weeks())
