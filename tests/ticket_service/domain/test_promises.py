"""When each target is due, met or broken, by what happens to the ticket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.ticket_service.domain.promises import renew
from services.ticket_service.domain.sla import FIRST_RESPONSE, IDLE, NEXT_RESPONSE, RESOLUTION
from services.ticket_service.domain.ticket import Ticket
from tests.ticket_service.domain.promising import (
    agent_replies,
    at,
    customer_writes,
    moves,
    office,
    opened,
    promise,
)

Step = Callable[[Ticket], None]
REPLY, CLOSE = agent_replies, moves

CASES: list[tuple[str, str, int, list[Step], str, str | None, str]] = [
    # what, target, minutes, what happens, looked at, due, state
    ("nobody answers yet", FIRST_RESPONSE, 60, [], "09:59", "10:00", "pending"),
    ("nobody answers", FIRST_RESPONSE, 60, [], "10:00", "10:00", "breached"),
    ("over lunch", FIRST_RESPONSE, 270, [], "13:59", "14:30", "pending"),
    ("over night", FIRST_RESPONSE, 500, [], "18:00", "T+1 09:20", "pending"),
    ("answered in time", FIRST_RESPONSE, 60, [lambda t: agent_replies(t, "09:50")], "12:00", "10:00", "met"),
    (
        "answered late",
        FIRST_RESPONSE,
        60,
        [lambda t: agent_replies(t, "10:10")],
        "12:00",
        "10:00",
        "breached",
    ),
    (
        "set to waiting without an answer: the time stands still",
        FIRST_RESPONSE,
        60,
        [lambda t: moves(t, "09:30", "waiting"), lambda t: moves(t, "11:30", "open")],
        "11:59",
        "12:00",
        "pending",
    ),
    (
        "the customer writes again before the first answer",
        FIRST_RESPONSE,
        60,
        [lambda t: customer_writes(t, "09:30")],
        "09:40",
        "10:00",
        "pending",
    ),
    (
        "a further question",
        NEXT_RESPONSE,
        30,
        [lambda t: agent_replies(t, "09:10"), lambda t: customer_writes(t, "12:45")],
        "13:10",
        "14:15",
        "pending",
    ),
    (
        "several further questions: the oldest counts",
        NEXT_RESPONSE,
        30,
        [
            lambda t: agent_replies(t, "09:10"),
            lambda t: customer_writes(t, "10:00"),
            lambda t: customer_writes(t, "10:20"),
        ],
        "10:29",
        "10:30",
        "pending",
    ),
    (
        "a question that comes late from the provider counts from when it was written",
        NEXT_RESPONSE,
        30,
        [
            lambda t: agent_replies(t, "09:10"),
            lambda t: customer_writes(t, "10:20"),
            lambda t: t.heard(at("10:05")),
        ],
        "10:30",
        "10:35",
        "pending",
    ),
    (
        "a further question is answered",
        NEXT_RESPONSE,
        30,
        [
            lambda t: agent_replies(t, "09:10"),
            lambda t: customer_writes(t, "10:00"),
            lambda t: agent_replies(t, "10:20"),
        ],
        "12:00",
        "10:30",
        "met",
    ),
    ("solved in time", RESOLUTION, 240, [lambda t: moves(t, "12:00", "closed")], "17:00", "13:00", "met"),
    ("solved late", RESOLUTION, 120, [lambda t: moves(t, "12:00", "closed")], "17:00", "11:00", "breached"),
    (
        "waiting for the customer does not count",
        RESOLUTION,
        240,
        [lambda t: agent_replies(t, "10:00"), lambda t: customer_writes(t, "12:00")],
        "12:10",
        "16:00",
        "pending",
    ),
    (
        "while it waits nobody knows when it will be due",
        RESOLUTION,
        240,
        [lambda t: agent_replies(t, "10:00")],
        "T+3 12:00",
        None,
        "pending",
    ),
    (
        "what was late before it waited stays late",
        RESOLUTION,
        30,
        [lambda t: agent_replies(t, "10:00")],
        "12:00",
        "09:30",
        "breached",
    ),
    (
        "closed and opened again: the time between does not count",
        RESOLUTION,
        240,
        [lambda t: moves(t, "10:00", "closed"), lambda t: moves(t, "15:00", "open")],
        "15:10",
        "18:00",
        "pending",
    ),
    ("nothing happens", IDLE, 60, [], "09:59", "10:00", "pending"),
    ("nothing happened", IDLE, 60, [], "10:00", "10:00", "breached"),
    (
        "an action begins it anew",
        IDLE,
        60,
        [lambda t: customer_writes(t, "09:50")],
        "10:10",
        "10:50",
        "pending",
    ),
    ("so does a move", IDLE, 60, [lambda t: moves(t, "09:50", "responded")], "10:10", "10:50", "pending"),
]


@pytest.mark.parametrize(
    ("case", "name", "minutes", "steps", "looked", "due", "state"), CASES, ids=[each[0] for each in CASES]
)
def test_a_target_follows_from_what_happened(
    case: str,
    name: str,
    minutes: int,
    steps: list[Step],
    looked: str,
    due: str | None,
    state: str,
) -> None:
    ticket, policy = opened(), promise(name, minutes)
    for step in [lambda t: None, *steps]:
        step(ticket)
        renew(ticket, policy, office(), ticket.updated_at)
    # The time of a further answer is only known to somebody who saw the question.
    renew(ticket, policy, office(), at(looked))
    assert ticket.sla is not None
    target = ticket.sla.target(name)
    assert target is not None
    assert (target.due_at, target.state) == (at(due) if due else None, state)
