"""Sums of open time: ranges, nights, weekends, holidays, pauses, and clocks that are changed both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ticket_service.domain.calendar import (
    ALWAYS,
    ClosedDay,
    OpenHours,
    WorkingTime,
    overlaps,
    working_time,
)

ROME = "Europe/Rome"
CHRISTMAS = date(2026, 12, 25)


def office(
    zone: str = ROME,
    ranges: tuple[str, ...] = ("09:00-13:00", "14:00-18:00"),
    days: range | tuple[int, ...] = range(5),
    holidays: frozenset[date] = frozenset({CHRISTMAS}),
    closed: tuple[ClosedDay, ...] = (),
    opened: tuple[date, ...] = (),
) -> WorkingTime:
    hours = []
    for each in ranges:
        opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in each.split("-"))
        hours += [OpenHours(day, opens, closes) for day in days]
    return working_time(
        zone, hours, closed, opened, lambda year: frozenset(day for day in holidays if day.year == year)
    )


def at(text: str, zone: str = ROME, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


SUMS = [
    ("within a range", {}, "2026-11-23 09:10", 60, "2026-11-23 10:10"),
    ("over the lunch break", {}, "2026-11-23 12:30", 60, "2026-11-23 14:30"),
    ("due exactly when it closes", {}, "2026-11-23 12:00", 60, "2026-11-23 13:00"),
    ("from before opening", {}, "2026-11-23 06:00", 30, "2026-11-23 09:30"),
    ("over night", {}, "2026-11-23 17:30", 60, "2026-11-24 09:30"),
    ("over the weekend", {}, "2026-11-20 17:59", 2, "2026-11-23 09:01"),
    ("from the weekend", {}, "2026-11-21 11:00", 480, "2026-11-23 18:00"),
    ("over a public holiday and the weekend after it", {}, "2026-12-24 17:00", 120, "2026-12-28 10:00"),
    (
        "a public holiday that is worked",
        {"opened": (CHRISTMAS,)},
        "2026-12-24 17:00",
        120,
        "2026-12-25 10:00",
    ),
    (
        "a day of one's own",
        {"closed": (ClosedDay(date(2026, 11, 24)),)},
        "2026-11-23 17:00",
        120,
        "2026-11-25 10:00",
    ),
    (
        "a day of every year",
        {"closed": (ClosedDay(date(2001, 11, 24), "Patron", every_year=True),)},
        "2026-11-23 17:00",
        120,
        "2026-11-25 10:00",
    ),
    (
        "three ranges a day",
        {"ranges": ("08:00-09:00", "10:00-11:00", "20:00-21:00")},
        "2026-11-23 08:30",
        120,
        "2026-11-23 20:30",
    ),
    (
        "up to midnight and on",
        {"ranges": ("00:00-02:00", "22:00-24:00"), "days": range(7)},
        "2026-11-23 23:00",
        120,
        "2026-11-24 01:00",
    ),
    (
        "one hour a week",
        {"ranges": ("09:00-10:00",), "days": (2,)},
        "2026-11-23 09:00",
        90,
        "2026-12-02 09:30",
    ),
    (
        "clocks forward: eight hours at night are seven",
        {"ranges": ("00:00-08:00",), "days": range(7)},
        "2026-03-29 00:00",
        420,
        "2026-03-29 08:00",
    ),
    (
        "clocks back: eight hours at night are nine",
        {"ranges": ("00:00-08:00",), "days": range(7)},
        "2026-10-25 00:00",
        540,
        "2026-10-25 08:00",
    ),
    (
        "the skipped hour is not open",
        {"ranges": ("02:00-03:00",), "days": range(7)},
        "2026-03-28 12:00",
        60,
        "2026-03-30 03:00",
    ),
    ("a day shift over clocks forward", {"days": range(7)}, "2026-03-28 17:00", 120, "2026-03-29 10:00"),
    ("a day shift over clocks back", {"days": range(7)}, "2026-10-24 17:00", 120, "2026-10-25 10:00"),
]


@pytest.mark.parametrize(
    ("case", "calendar", "start", "minutes", "due"), SUMS, ids=[each[0] for each in SUMS]
)
def test_minutes_of_open_time_are_added(
    case: str, calendar: dict[str, object], start: str, minutes: int, due: str
) -> None:
    working = office(**calendar)  # type: ignore[arg-type]
    assert working.add(at(start), timedelta(minutes=minutes)) == at(due)
    assert working.between(at(start), at(due)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("zone", "start", "minutes", "due"),
    [
        ("America/New_York", "2026-03-06 17:30", 60, "2026-03-09 09:30"),
        ("America/Sao_Paulo", "2026-11-20 17:30", 60, "2026-11-23 09:30"),
        ("Asia/Kolkata", "2026-11-20 17:30", 60, "2026-11-23 09:30"),
        ("Australia/Lord_Howe", "2026-10-02 17:30", 60, "2026-10-05 09:30"),
        ("Africa/Casablanca", "2026-03-20 17:30", 60, "2026-03-23 09:30"),
        ("Pacific/Chatham", "2026-04-03 17:30", 60, "2026-04-06 09:30"),
    ],
)
def test_the_clock_on_the_wall_of_the_calendars_zone_counts(
    zone: str, start: str, minutes: int, due: str
) -> None:
    working = office(zone)
    assert working.add(at(start, zone), timedelta(minutes=minutes)) == at(due, zone)


def test_the_repeated_hour_is_open_twice() -> None:
    night = office(ranges=("02:15-02:45",), days=range(7))
    assert night.between(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == timedelta(hours=1)
    assert night.add(at("2026-10-25 00:00"), timedelta(minutes=40)) == at("2026-10-25 02:25", fold=1)


def test_half_of_a_range_that_the_clocks_skip_is_open() -> None:
    night = office(ranges=("01:30-02:30",), days=range(7))
    assert night.between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == timedelta(minutes=30)


def test_a_zone_that_changes_its_clocks_at_midnight() -> None:
    cairo = office("Africa/Cairo", ranges=("00:00-24:00",), days=range(7))
    day = timedelta(hours=23)  # 24 April 2026 begins at 01:00
    assert (
        cairo.between(at("2026-04-24 00:00", "Africa/Cairo"), at("2026-04-25 00:00", "Africa/Cairo")) == day
    )


PAUSES = [
    ("before it begins", [("08:00", "08:30")], "10:00"),
    ("inside", [("09:15", "09:45")], "10:30"),
    ("around the start", [("08:00", "09:30")], "10:30"),
    ("over lunch", [("09:30", "14:15")], "14:45"),
    ("two that overlap", [("09:10", "09:30"), ("09:20", "09:40")], "10:30"),
    ("after it is due", [("10:00", "12:00")], "10:00"),
    ("that still lasts, begun after it is due", [("10:00", None)], "10:00"),
    ("that still lasts", [("09:59", None)], None),
    ("that lasted from the start", [("08:00", None)], None),
]


@pytest.mark.parametrize(("case", "pauses", "due"), PAUSES, ids=[each[0] for each in PAUSES])
def test_pauses_do_not_count(case: str, pauses: list[tuple[str, str | None]], due: str | None) -> None:
    day = "2026-11-23 "
    spans = [(at(day + start), at(day + end) if end else None) for start, end in pauses]
    found = office().add(at(day + "09:00"), timedelta(hours=1), spans)
    assert found == (at(day + due) if due else None)


def test_a_calendar_that_never_opens_is_never_due() -> None:
    assert office(ranges=()).add(at("2026-11-23 09:00"), timedelta(minutes=1)) is None
    assert office(ranges=()).between(at("2026-01-01 09:00"), at("2026-11-23 09:00")) == timedelta(0)


def test_around_the_clock_time_is_time() -> None:
    start = at("2026-10-24 23:30")
    assert ALWAYS.add(start, timedelta(hours=30)) == start + timedelta(hours=30)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 13:00", False),
        ("2026-11-22 10:00", False),
        ("2026-12-25 10:00", False),
    ],
)
def test_a_moment_is_within_open_time_or_not(moment: str, is_open: bool) -> None:
    assert office().is_open(at(moment)) is is_open
    assert ALWAYS.is_open(at(moment))


def test_ranges_that_overlap_are_found() -> None:
    touching, inside = OpenHours(0, 780, 900), OpenHours(0, 700, 720)
    assert overlaps([touching, OpenHours(0, 540, 780), OpenHours(1, 600, 700)]) == []
    assert overlaps([OpenHours(0, 540, 780), inside]) == [inside]


ZONES = st.sampled_from(
    [ROME, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Asia/Kolkata", "UTC"]
)
MOMENTS = st.integers(0, 350 * 1440).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
RANGES = st.sampled_from(
    [
        ("00:00-24:00",),
        ("01:30-02:30",),
        ("09:00-13:00", "14:00-18:00"),
        ("00:00-00:30", "02:00-03:15", "23:00-24:00"),
    ]
)
CHANGES_OF_CLOCKS = st.sampled_from(
    [(2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 4, 24), (2026, 10, 4), (2026, 10, 25), (2026, 10, 30)]
)


@given(zone=ZONES, ranges=RANGES, day=CHANGES_OF_CLOCKS, offset=st.integers(-720, 720))
@settings(max_examples=60)
def test_open_time_is_what_the_clock_on_the_wall_says_minute_by_minute(
    zone: str, ranges: tuple[str, ...], day: tuple[int, int, int], offset: int
) -> None:
    working = office(zone, ranges, range(7))
    start = datetime(*day, tzinfo=UTC) + timedelta(minutes=offset)
    minutes = [start + timedelta(minutes=each) for each in range(36 * 60)]
    clocks = [f"{moment.astimezone(ZoneInfo(zone)):%H:%M}" for moment in minutes]
    counted = sum(any(span[:5] <= clock < span[6:] for span in ranges) for clock in clocks)
    assert working.between(start, start + timedelta(hours=36)) == timedelta(minutes=counted)


@given(zone=ZONES, ranges=RANGES, start=MOMENTS, minutes=st.integers(1, 5000), data=st.data())
@settings(max_examples=100)
def test_what_is_added_is_what_lies_between_whatever_the_pauses(
    zone: str, ranges: tuple[str, ...], start: datetime, minutes: int, data: st.DataObject
) -> None:
    working = office(zone, ranges)
    edges = data.draw(st.lists(st.integers(-500, 5000), max_size=6).map(sorted))
    pauses = [
        (start + timedelta(minutes=first), start + timedelta(minutes=last))
        for first, last in zip(edges[::2], edges[1::2], strict=False)
    ]
    amount = timedelta(minutes=minutes)
    due = working.add(start, amount, pauses)
    assert due is not None
    assert working.between(start, due, pauses) == amount
    # A minute earlier it was not due yet: due is the first such moment.
    assert working.between(start, due - timedelta(minutes=1), pauses) < amount
    # A later end of a pause never makes it due earlier.
    if pauses:
        longer = [*pauses[:-1], (pauses[-1][0], pauses[-1][1] + timedelta(minutes=90))]
        later = working.add(start, amount, longer)
        assert later is not None
        assert later >= due
