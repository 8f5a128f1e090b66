"""Days as local clocks have them, and medians out of classes."""

from __future__ import annotations

import statistics
import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.statistics import (
    MOST_DAYS,
    Span,
    day_number,
    day_of,
    percentile,
    span,
    together,
    wait_class,
)

ZONES = sorted(zoneinfo.available_timezones() - {"localtime"})
BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 20 * 366 * 1440).map(lambda minutes: BEGINNING + timedelta(minutes=minutes))


def local_day(within: Span, at: datetime) -> date:
    """What the database works out of a span's shifts."""
    shift = [each for each in within.shifts if each.since <= at][-1]
    return day_of((at + shift.ahead - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(days=1))


@given(TIMES, st.sampled_from(ZONES), st.integers(1, MOST_DAYS), st.floats(0, 1))
def test_every_moment_of_a_span_is_on_the_day_its_zone_says(
    now: datetime, name: str, days: int, share: float
) -> None:
    zone = zoneinfo.ZoneInfo(name)
    found = span(now, zone, days)
    assert len(found.days) == days
    assert found.days[-1] == now.astimezone(zone).date()
    assert found.start <= now < found.end
    at = found.start + (found.end - found.start) * share
    if at < found.end:
        assert local_day(found, at) == at.astimezone(zone).date()


@pytest.mark.parametrize(
    ("zone", "now", "shifts"),
    [
        ("Europe/Rome", datetime(2025, 4, 1, 12, tzinfo=UTC), [1, 2]),
        ("Europe/Rome", datetime(2025, 2, 1, 12, tzinfo=UTC), [1]),
        ("America/Santiago", datetime(2025, 9, 10, 12, tzinfo=UTC), [-4, -3]),
    ],
)
def test_a_span_knows_when_clocks_were_changed(zone: str, now: datetime, shifts: list[int]) -> None:
    found = span(now, zoneinfo.ZoneInfo(zone), 30)
    assert [each.ahead / timedelta(hours=1) for each in found.shifts] == shifts


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1])
def test_a_span_has_its_bounds(days: int) -> None:
    with pytest.raises(ValueError, match="days"):
        span(datetime(2025, 1, 1, tzinfo=UTC), UTC, days)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 1.0]))
def test_a_percentile_is_right_to_within_a_hundredth(seconds: list[int], share: float) -> None:
    waits = together({wait_class(each): 1} for each in seconds)
    exact = sorted(seconds)[max(0, -(-len(seconds) * int(share * 10) // 10) - 1)]
    found = percentile(waits, share)
    assert found is not None
    assert abs(found - exact) <= 0.011 * exact + 1


def test_the_median_is_the_usual_one() -> None:
    seconds = [60, 120, 7_200]
    assert percentile(together({wait_class(each): 1} for each in seconds), 0.5) == pytest.approx(
        statistics.median(seconds), rel=0.01
    )


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile({}, 0.5) is None


def test_a_wait_is_never_shorter_than_nothing() -> None:
    assert wait_class(-5) == wait_class(0) == 0


@pytest.mark.parametrize("share", [0, -1, 1.01])
def test_a_share_has_its_bounds(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        percentile({}, share)


def test_days_have_numbers() -> None:
    assert day_of(day_number(date(2025, 2, 27))) == date(2025, 2, 27)
