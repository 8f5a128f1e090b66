"""What the survivor of a merge takes over, and how comments are counted afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.merge import follow, take_over
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.ticket import DescriptionLine, Ticket

NOON = datetime(2025, 2, 27, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def ticket(name: str, **fields: Any) -> Ticket:
    made = Ticket(name, name.upper(), 1, name, "open", "c", "k", "contact", None, NOON, NOON, DESK)
    return replace(made, **fields)


def described(*message_ids: str | None) -> list[DescriptionLine]:
    return [DescriptionLine(NOON, "text", each) for each in message_ids]


@given(own=st.integers(0, 50), lines=st.lists(st.booleans(), max_size=3), moved=st.integers(0, 50))
def test_every_comment_has_a_number_of_its_own_after_the_survivors(
    own: int, lines: list[bool], moved: int
) -> None:
    survivor = ticket("a", comments_count=own)
    ids = [f"d{n}" if said else None for n, said in enumerate(lines)]
    merged = ticket("b", comments_count=moved, description=described(*ids))
    move = take_over(survivor, merged, LATER)
    numbers = [*range(1, own + 1), *move.described.values(), *(n + move.shift for n in range(1, moved + 1))]
    assert numbers == list(range(1, survivor.comments_count + 1))
    assert merged.comments_count == 0


def test_lists_add_up_without_doubles_and_in_order() -> None:
    survivor = ticket("a", tags=["x", "y"], cc=["a@b.it"], watchers=["u1"])
    take_over(survivor, ticket("b", tags=["y", "z"], cc=["c@d.it"], watchers=["u1", "u2"]), LATER)
    assert (survivor.tags, survivor.cc, survivor.watchers) == (
        ["x", "y", "z"],
        ["a@b.it", "c@d.it"],
        ["u1", "u2"],
    )


def test_worked_time_is_counted_once() -> None:
    survivor, merged = ticket("a", hours=1.5, days=1.0), ticket("b", hours=2.0, days=0.5)
    take_over(survivor, merged, LATER)
    assert (survivor.hours, survivor.days, merged.hours, merged.days) == (3.5, 1.5, 0.0, 0.0)


def test_what_the_customer_said_of_either_is_said_of_both_the_survivors_first() -> None:
    worse, better = Satisfaction(1, "", NOON), Satisfaction(5, "", LATER)
    for own, theirs, expected in ((None, better, better), (worse, better, worse), (worse, None, worse)):
        survivor = ticket("a", satisfaction=own)
        take_over(survivor, ticket("b", satisfaction=theirs), LATER)
        assert survivor.satisfaction == expected


def test_the_oldest_unanswered_message_counts_and_the_newest_word() -> None:
    survivor = ticket("a", unanswered_since=LATER, last_customer_message_at=LATER)
    take_over(survivor, ticket("b", unanswered_since=NOON, last_customer_message_at=NOON), LATER)
    assert (survivor.unanswered_since, survivor.last_customer_message_at) == (NOON, LATER)


def test_the_merged_ticket_points_to_the_survivor_and_tells_nobody() -> None:
    merged = ticket("b")
    take_over(ticket("a"), merged, LATER)
    assert (merged.merged_into, merged.notify_requester) == ("A", False)


@pytest.mark.parametrize(
    ("open_id", "last_id", "closed", "expected"),
    [
        ("b", "b", False, ("a", "a")),
        ("b", "b", True, (None, "a")),
        (None, "b", False, (None, "a")),
        ("a", "b", False, ("a", "a")),
        ("b", "a", False, ("a", "a")),
        ("x", "b", False, ("x", "a")),
        ("x", "x", False, ("x", "x")),
    ],
)
def test_the_conversation_goes_on_where_everything_went(
    open_id: str | None, last_id: str | None, closed: bool, expected: tuple[str | None, str | None]
) -> None:
    talk = Conversation(
        *("k", "contact", "c", "kind", "key", Recipient("", "", ""), None, None),
        open_id,
        last_id,
        NOON,
        NOON,
    )
    follow(talk, ticket("b"), ticket("a"), closed, LATER)
    assert (talk.open_ticket_id, talk.last_ticket_id) == expected
