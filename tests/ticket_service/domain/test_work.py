"""Interventions, time, contracts: the steps there are, and what hours add up to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.contract import Contract, in_order
from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.intervention import (
    CANCELLED,
    DONE,
    IN_PROGRESS,
    PLANNED,
    STATUSES,
    Intervention,
    WrongStep,
)
from services.ticket_service.domain.time_entry import MOST_MINUTES, TimeEntry, worked

NOON = datetime(2025, 2, 27, 12, tzinfo=UTC)
ANNA = Actor("agent", "anna", "Anna")


def _intervention() -> Intervention:
    return Intervention("i", "t", "Boiler", NOON, NOON, ANNA)


def _entry(minutes: int) -> TimeEntry:
    return TimeEntry("e", "t", "anna", minutes, date(2025, 2, 27), NOON, NOON, ANNA)


def test_an_intervention_keeps_when_it_was_begun_and_ended() -> None:
    each = _intervention()
    each.enter(IN_PROGRESS, NOON)
    each.enter(DONE, NOON + timedelta(hours=2))
    assert (each.started_at, each.ended_at) == (NOON, NOON + timedelta(hours=2))
    each.enter(IN_PROGRESS, NOON + timedelta(hours=3))
    assert (each.started_at, each.ended_at) == (NOON, None)


def test_one_that_is_done_at_once_began_and_ended_then() -> None:
    each = _intervention()
    each.enter(DONE, NOON)
    assert (each.started_at, each.ended_at) == (NOON, NOON)


def test_a_cancelled_one_is_planned_again_before_anything_else() -> None:
    each = _intervention()
    each.enter(CANCELLED, NOON)
    assert (each.started_at, each.ended_at) == (None, NOON)
    with pytest.raises(WrongStep) as refused:
        each.enter(DONE, NOON)
    assert (refused.value.now, refused.value.allowed) == (CANCELLED, [PLANNED])
    each.enter(PLANNED, NOON)
    assert (each.status, each.ended_at) == (PLANNED, None)


@given(st.lists(st.sampled_from(STATUSES), max_size=12))
def test_only_what_is_over_has_an_end_and_only_what_was_begun_a_beginning(steps: list[str]) -> None:
    each = _intervention()
    for step in steps:
        before = each.status
        try:
            each.enter(step, NOON)
        except WrongStep:
            assert each.status == before
    assert (each.ended_at is not None) == (each.status in (DONE, CANCELLED))
    assert each.started_at is not None or each.status not in (IN_PROGRESS, DONE)
    assert each.started_at is None or each.status != PLANNED


@pytest.mark.parametrize(
    ("minutes", "hours_per_day", "hours", "days"),
    [
        ([], 8.0, 0.0, 0.0),
        ([30, 45], 8.0, 1.25, 0.1562),
        ([480], 8.0, 8.0, 1.0),
        ([480], 7.5, 8.0, 1.0667),
        ([20, 20, 20], 8.0, 1.0, 0.125),
    ],
)
def test_time_adds_up_to_hours_and_days(
    minutes: list[int], hours_per_day: float, hours: float, days: float
) -> None:
    assert worked([_entry(each) for each in minutes], hours_per_day) == (hours, days)


@given(st.lists(st.integers(1, MOST_MINUTES), max_size=50))
def test_the_order_of_entries_changes_nothing(minutes: list[int]) -> None:
    entries = [_entry(each) for each in minutes]
    assert worked(entries, 8.0) == worked(entries[::-1], 8.0)
    assert worked(entries, 8.0)[0] == pytest.approx(sum(minutes) / 60, abs=0.0001)


@pytest.mark.parametrize(("hours", "used", "left"), [(None, 5.0, None), (10.0, 2.5, 7.5), (1.0, 2.0, -1.0)])
def test_a_contract_says_what_is_left_of_its_hours(
    hours: float | None, used: float, left: float | None
) -> None:
    assert Contract("c", "Care", NOON, NOON, hours=hours).hours_left(used) == left


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        (None, None, True),
        (date(2025, 1, 1), None, True),
        (date(2025, 1, 1), date(2025, 1, 1), True),
        (date(2025, 1, 2), date(2025, 1, 1), False),
    ],
)
def test_a_period_ends_after_it_starts(first: date | None, last: date | None, fits: bool) -> None:
    assert in_order(first, last) is fits
