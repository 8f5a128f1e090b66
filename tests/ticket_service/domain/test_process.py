"""A ticket's way through the statuses, from its history."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.history import AGENT, DESK, OPENED, STATUS, Actor, HistoryEntry
from services.ticket_service.domain.process import Move, StatusTotal, moves, stays, totals
from tests.ticket_service.building import NOW, at

ANNA = Actor(AGENT, "anna", "Anna")


def entry(seconds: float, what: str, after: str, who: Actor = ANNA) -> HistoryEntry:
    """One change of a ticket."""
    return HistoryEntry(f"e{seconds}", "t", at(seconds), who, what, None, after)


HISTORY = [
    entry(0, OPENED, "open", DESK),
    entry(5, "title", "Other"),
    entry(60, STATUS, "waiting"),
    entry(100, STATUS, "open", DESK),
    entry(130, STATUS, "waiting"),
    entry(140, STATUS, "closed"),
]


def test_each_stay_has_its_time_and_who_began_it() -> None:
    path = stays(HISTORY, at(200))
    assert [(stay.status, stay.seconds, stay.entered_by) for stay in path] == [
        ("open", 60, DESK),
        ("waiting", 40, ANNA),
        ("open", 30, DESK),
        ("waiting", 10, ANNA),
        ("closed", 60, ANNA),
    ]
    assert path[-1].left_at is None
    assert totals(path) == [
        StatusTotal("open", 90, 2),
        StatusTotal("waiting", 50, 2),
        StatusTotal("closed", 60, 1),
    ]
    assert moves(path) == [
        Move("open", "waiting", 2, 1),
        Move("waiting", "open", 1, 2),
        Move("waiting", "closed", 1, 4),
    ]


def test_a_ticket_without_history_has_no_way() -> None:
    assert (stays([], NOW), totals([]), moves([])) == ([], [], [])


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=20))
def test_the_times_add_up_to_the_ticket_s_age(steps: list[tuple[int, str]]) -> None:
    ordered = sorted(steps, key=lambda step: step[0])
    path = stays([entry(second, STATUS, status) for second, status in ordered], at(20_000))
    assert sum(total.seconds for total in totals(path)) == 20_000 - ordered[0][0]
    assert sum(move.times for move in moves(path)) == len(path) - 1


def test_clocks_that_disagree_never_make_a_time_negative() -> None:
    path = stays([entry(10, OPENED, "open"), entry(5, STATUS, "closed")], at(0) - timedelta(hours=1))
    assert [stay.seconds for stay in path] == [0, 0]
