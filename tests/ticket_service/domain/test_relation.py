"""Relations: the same from both ends, and never in a circle."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.relation import KINDS, TooFar, leads_to, relation

NOON = datetime(2025, 2, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "from_the_other_side"),
    [
        ("related", "related"),
        ("duplicate", "duplicate"),
        ("parent", "child"),
        ("child", "parent"),
        ("blocks", "blocked_by"),
        ("blocked_by", "blocks"),
    ],
)
def test_each_side_sees_its_own_kind(kind: str, from_the_other_side: str) -> None:
    tie = relation(kind, "a", "b", NOON, DESK)
    assert tie.seen_from("a") == (kind, "b")
    assert tie.seen_from("b") == (from_the_other_side, "a")


@pytest.mark.parametrize("kind", KINDS)
def test_said_from_the_other_side_it_is_the_same_relation(kind: str) -> None:
    tie = relation(kind, "a", "b", NOON, DESK)
    turned, other = tie.seen_from("b")
    assert relation(turned, "b", other, NOON, DESK) == tie


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        relation("cousin", "a", "b", NOON, DESK)


@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
def test_ties_added_only_where_nothing_leads_back_never_make_a_circle(wanted: set[tuple[int, int]]) -> None:
    ties: set[tuple[str, str]] = set()

    def following(edge: Collection[str]) -> list[str]:
        return [end for start, end in ties if start in edge]

    for start, end in sorted(wanted):
        if not leads_to(str(end), str(start), following):
            ties.add((str(start), str(end)))
    for each in map(str, range(9)):
        assert not any(leads_to(after, each, following) for after in following([each]))


def test_what_hangs_together_too_far_is_not_searched_for_ever() -> None:
    with pytest.raises(TooFar):
        leads_to("0", "never", lambda edge: [str(int(each) + 1) for each in edge], most=50)
