"""Relations between tickets: both ends, no doubles, no circles, also when two people tie at once."""

from __future__ import annotations

import pytest

from services.ticket_service.act.deleting import delete
from services.ticket_service.act.relations import (
    CannotRelate,
    open_children,
    relate,
    related_tickets,
    unrelate,
)
from services.ticket_service.acting import NotFound
from tests.ticket_service.act.acting import Acting, forget


@pytest.fixture
def acting() -> Acting:
    return Acting()


@pytest.fixture
def numbers(acting: Acting) -> list[str]:
    return [acting.opened(f"+39335103224{n}") for n in range(4)]


def tie(acting: Acting, number: str, kind: str, other: str) -> str:
    return relate(acting.desk, number, kind, other, acting.frame(), forget).relation.id


def seen(acting: Acting, number: str) -> list[tuple[str, str]]:
    return [
        (each.kind, each.other.number) for each in related_tickets(acting.store, acting.ticket(number).id)
    ]


def test_both_see_it(acting: Acting, numbers: list[str]) -> None:
    one, two, *_ = numbers
    tie(acting, one, "blocks", two)
    assert (seen(acting, one), seen(acting, two)) == ([("blocks", two)], [("blocked_by", one)])
    assert acting.history(one, "relation") == [(None, f"blocks {two}")]
    assert acting.history(two, "relation") == [(None, f"blocked_by {one}")]


def test_it_can_be_taken_back_from_either_end(acting: Acting, numbers: list[str]) -> None:
    one, two, *_ = numbers
    unrelate(acting.desk, two, tie(acting, one, "related", two), acting.frame())
    assert (seen(acting, one), seen(acting, two)) == ([], [])


def test_only_its_own_ends_can_take_it_back(acting: Acting, numbers: list[str]) -> None:
    one, two, three, _ = numbers
    tied = tie(acting, one, "related", two)
    with pytest.raises(NotFound):
        unrelate(acting.desk, three, tied, acting.frame())


@pytest.mark.parametrize(
    ("kind", "again", "why"),
    [
        ("related", "related", "exists"),
        ("duplicate", "duplicate", "exists"),
        ("parent", "child", "exists"),
        ("blocks", "blocked_by", "exists"),
        ("parent", "parent", "circle"),
        ("blocks", "blocks", "circle"),
    ],
)
def test_said_again_from_the_other_end(
    acting: Acting, numbers: list[str], kind: str, again: str, why: str
) -> None:
    one, two, *_ = numbers
    tie(acting, one, kind, two)
    with pytest.raises(CannotRelate) as refused:
        tie(acting, two, again, one)
    assert refused.value.why == why


def test_no_ticket_is_its_own_relation(acting: Acting, numbers: list[str]) -> None:
    with pytest.raises(CannotRelate, match="with-itself"):
        tie(acting, numbers[0], "related", numbers[0])


@pytest.mark.parametrize("kind", ["child", "blocks", "parent", "blocked_by"])
def test_a_long_way_round_is_a_circle_as_well(acting: Acting, numbers: list[str], kind: str) -> None:
    one, two, three, four = numbers
    for start, end in ((one, two), (two, three), (three, four)):
        tie(acting, start, kind, end)
    with pytest.raises(CannotRelate, match="circle"):
        tie(acting, four, kind, one)
    tie(acting, four, "related", one)


def test_two_who_tie_the_two_halves_of_a_circle_at_once_do_not_close_it(numbers: list[str]) -> None:
    acting, armed = Acting(), [False]
    one, two, three, four = (acting.opened(f"+39335103224{n}") for n in range(4))
    tie(acting, two, "child", three)
    tie(acting, four, "child", one)

    def meanwhile() -> None:
        if armed[0]:
            armed[0] = False
            tie(acting, three, "child", four)

    acting.store._before_save = meanwhile
    armed[0] = True
    with pytest.raises(CannotRelate, match="circle"):
        tie(acting, one, "child", two)


def test_only_children_that_are_open_are_named(acting: Acting, numbers: list[str]) -> None:
    one, two, three, four = numbers
    for child in (two, three, four):
        tie(acting, one, "child", child)
    delete(acting.desk, three, acting.frame())
    assert open_children(acting.store, acting.ticket(one)) == [two, four]
    assert ("child", three) not in seen(acting, one)
