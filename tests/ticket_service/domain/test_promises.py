"""What a policy promises a ticket: when each target is due, when it is met, warned of, broken, moved."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.ticket_service.domain.calendar import ALWAYS, OpenHours, WorkingTime, working_time
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor
from services.ticket_service.domain.message import IN, OUT, PUBLIC, Message
from services.ticket_service.domain.promises import forget, renew
from services.ticket_service.domain.sla import FIRST_RESPONSE, IDLE, NEXT_RESPONSE, RESOLUTION
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule, policy_for
from services.ticket_service.domain.status import CLOSED, CUSTOMER_REPLIED, OPENING, WAITING_CUSTOMER, Status
from services.ticket_service.domain.ticket import INTERNAL_TICKET, Pause, Ticket

ANNA, BRUNO = Actor(CUSTOMER, "c1", "Anna"), Actor(AGENT, "u1", "Bruno")
STATUSES = {
    key: Status(key, key, "", "#000000", 0, frozenset({role}))
    for key, role in [
        ("open", OPENING),
        ("waiting", WAITING_CUSTOMER),
        ("responded", CUSTOMER_REPLIED),
        ("closed", CLOSED),
    ]
}


def at(text: str) -> datetime:
    """A time of Monday, 23 November 2026, in UTC; `T+1 09:00` is the next day."""
    days, _, clock = text.rpartition(" ")
    day = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=int(days[2:] or 0) if days else 0)
    return day + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))


def opened(clock: str = "09:00", received: str | None = None) -> Ticket:
    now = at(received or clock)
    ticket = Ticket("t1", "TT1", 1, "title", "open", "main", "chat", "c1", "v1", now, now, ANNA)
    ticket.status_since = now
    ticket.describe(said(clock, IN, ANNA))
    ticket.heard(at(clock))
    return ticket


def said(clock: str, direction: str, author: Actor) -> Message:
    return Message(f"m {clock}", direction, PUBLIC, author, "text", "text", at(clock), at(clock))


def customer_writes(ticket: Ticket, clock: str) -> None:
    ticket.comment(said(clock, IN, ANNA), at(clock))
    ticket.heard(at(clock))
    ticket.set_status(STATUSES["responded"], at(clock))


def agent_replies(ticket: Ticket, clock: str) -> None:
    ticket.comment(said(clock, OUT, BRUNO), at(clock))
    ticket.set_status(STATUSES["waiting"], at(clock))


def moves(ticket: Ticket, clock: str, status: str) -> None:
    ticket.set_status(STATUSES[status], at(clock))


def office() -> WorkingTime:
    hours = [OpenHours(day, begin, end) for day in range(5) for begin, end in ((540, 780), (840, 1080))]
    return working_time("UTC", hours, (), (), lambda year: frozenset())


def promise(name: str, minutes: int = 60, **warn: int) -> SlaPolicy:
    return SlaPolicy("p1", "Standard", at("00:00"), targets=[TargetRule(name, minutes, **warn)])


def next_look(ticket: Ticket) -> datetime | None:
    assert ticket.sla
    return ticket.sla.next_check_at


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


def test_the_customers_time_begins_when_the_message_was_written_not_when_it_came() -> None:
    ticket = opened("09:00", received="09:45")
    renew(ticket, promise(FIRST_RESPONSE), office(), at("09:46"))
    assert ticket.sla
    assert ticket.sla.targets[0].due_at == at("10:00")


def test_what_is_left_is_told_while_it_is_paused() -> None:
    ticket = opened()
    moves(ticket, "09:20", "waiting")
    renew(ticket, promise(FIRST_RESPONSE), office(), at("17:00"))
    assert ticket.sla
    assert (ticket.sla.paused, ticket.sla.targets[0].remaining_minutes) == (True, 40)
    assert ticket.sla.next_check_at is None


def test_an_internal_ticket_has_nobody_to_answer() -> None:
    ticket = opened()
    ticket.type = INTERNAL_TICKET
    policy = promise(FIRST_RESPONSE)
    policy.targets += [TargetRule(NEXT_RESPONSE, 10), TargetRule(RESOLUTION, 10)]
    renew(ticket, policy, ALWAYS, at("09:01"))
    assert ticket.sla
    assert [each.name for each in ticket.sla.targets] == [RESOLUTION]


@pytest.mark.parametrize(
    ("warn", "first"), [({"warn_percent": 50}, "09:30"), ({"warn_minutes": 10}, "09:50"), ({}, "10:00")]
)
def test_the_next_look_is_at_the_warning_then_at_the_end_then_never(warn: dict[str, int], first: str) -> None:
    ticket, policy = opened(), promise(FIRST_RESPONSE, **warn)
    renew(ticket, policy, office(), at("09:00"))
    assert next_look(ticket) == at(first)
    told = []
    looks = 0
    while (look := next_look(ticket)) is not None:
        told += [each.state for each in renew(ticket, policy, office(), look)]
        looks += 1
        assert looks < 5
    assert told == (["warned"] if warn else []) + ["breached"]


def test_each_thing_is_told_once_however_often_one_looks() -> None:
    ticket, policy = opened(), promise(FIRST_RESPONSE, warn_minutes=10)
    told = []
    for minute in range(0, 120, 3):
        now = at("09:00") + timedelta(minutes=minute)
        told += [(each.state, each.due_at) for each in renew(ticket, policy, office(), now)]
        told += [(each.state, each.due_at) for each in renew(ticket, policy, office(), now)]
    assert told == [("warned", at("10:00")), ("breached", at("10:00"))]


def test_what_is_over_already_is_broken_without_a_warning() -> None:
    ticket, policy = opened(), promise(FIRST_RESPONSE, warn_minutes=10)
    assert [each.state for each in renew(ticket, policy, office(), at("12:00"))] == ["breached"]


def test_a_warning_is_not_repeated_after_a_pause() -> None:
    ticket, policy = opened(), promise(RESOLUTION, 60, warn_minutes=30)
    assert [each.state for each in renew(ticket, policy, office(), at("09:30"))] == ["warned"]
    moves(ticket, "09:40", "waiting")
    assert renew(ticket, policy, office(), at("09:40")) == []
    moves(ticket, "11:40", "responded")
    assert renew(ticket, policy, office(), at("11:40")) == []
    assert [each.state for each in renew(ticket, policy, office(), at("12:00"))] == ["breached"]


def test_another_priority_moves_the_promise_and_a_moved_one_can_be_broken_again() -> None:
    ticket = opened()
    urgent, slow = promise(RESOLUTION, 60), promise(RESOLUTION, 120)
    assert [each.state for each in renew(ticket, urgent, office(), at("10:00"))] == ["breached"]
    assert renew(ticket, slow, office(), at("10:05")) == []
    assert ticket.sla
    assert (ticket.sla.targets[0].state, ticket.sla.next_check_at) == ("pending", at("11:00"))
    assert [each.due_at for each in renew(ticket, slow, office(), at("11:00"))] == [at("11:00")]
    # Shorter again: it is broken, which was told before.
    assert renew(ticket, urgent, office(), at("11:01")) == []


def test_a_new_policy_tells_nothing_of_what_is_over() -> None:
    ticket = opened()
    agent_replies(ticket, "17:00")
    assert renew(ticket, promise(FIRST_RESPONSE, 10), office(), at("T+1 09:00")) == []
    assert ticket.sla
    assert ticket.sla.targets[0].state == "breached"


def test_a_further_question_that_moves_back_in_time_is_not_broken_twice() -> None:
    ticket, policy = opened(), promise(NEXT_RESPONSE, 30)
    agent_replies(ticket, "09:10")
    customer_writes(ticket, "10:00")
    assert len(renew(ticket, policy, office(), at("10:30"))) == 1
    ticket.heard(at("09:55"))
    assert renew(ticket, policy, office(), at("10:31")) == []


def test_the_forecast_is_the_resolution_until_somebody_sets_another() -> None:
    ticket, policy = opened(), promise(RESOLUTION, 60)
    renew(ticket, policy, office(), at("09:00"))
    assert ticket.solution_forecast == at("10:00")
    renew(ticket, promise(RESOLUTION, 120), office(), at("09:00"))
    assert ticket.solution_forecast == at("11:00")
    ticket.solution_forecast = at("16:00")
    renew(ticket, policy, office(), at("09:10"))
    assert ticket.solution_forecast == at("16:00")
    ticket.solution_forecast = None
    renew(ticket, policy, office(), at("09:20"))
    assert ticket.solution_forecast == at("10:00")


@pytest.mark.parametrize(("by_hand", "left"), [(False, None), (True, "16:00")])
def test_without_a_policy_only_what_was_set_by_hand_stays(by_hand: bool, left: str | None) -> None:
    ticket = opened()
    renew(ticket, promise(RESOLUTION, 60), office(), at("09:00"))
    if by_hand:
        ticket.solution_forecast = at("16:00")
    forget(ticket)
    assert (ticket.sla, ticket.solution_forecast) == (None, at(left) if left else None)


def test_looking_again_changes_nothing() -> None:
    ticket = opened()
    policy = SlaPolicy(
        "p1",
        "All",
        at("00:00"),
        targets=[TargetRule(name, 60, 50) for name in (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, IDLE)],
    )
    for step in (agent_replies, customer_writes, agent_replies):
        step(ticket, f"{10 + ticket.comments_count:02d}:00")
        renew(ticket, policy, office(), ticket.updated_at)
        before = deepcopy(ticket)
        assert renew(ticket, policy, office(), ticket.updated_at) == []
        assert ticket == before


def test_what_the_database_rounds_off_moves_no_promise() -> None:
    fine, stored = opened(), opened()
    for ticket, digits in ((fine, 123_456), (stored, 123_000)):
        ticket.created_at = ticket.created_at.replace(microsecond=digits)
        ticket.description = [replace(ticket.description[0], at=at("09:00").replace(microsecond=digits))]
        ticket.pauses = [Pause(at("09:10").replace(microsecond=digits), at("09:20"))]
        renew(ticket, promise(RESOLUTION, 60), office(), at("09:30"))
    assert fine.sla == stored.sla
    assert fine.solution_forecast == stored.solution_forecast


def test_of_a_deleted_or_merged_ticket_nothing_is_told_and_nobody_looks_again() -> None:
    for field, value in (("deleted_at", at("09:30")), ("merged_into", "TT2")):
        ticket = opened()
        setattr(ticket, field, value)
        assert renew(ticket, promise(FIRST_RESPONSE), office(), at("12:00")) == []
        assert ticket.sla
        assert ticket.sla.next_check_at is None


def test_the_first_policy_in_order_that_fits_counts() -> None:
    made = at("00:00")
    rest = SlaPolicy("a", "Everybody", made, order=9)
    off = SlaPolicy("b", "Off", made, order=0, active=False)
    urgent = SlaPolicy("c", "Urgent", made, order=1, conditions={"priority": ["urgent", "high"]})
    vip = SlaPolicy("d", "VIP", made, order=2, conditions={"organization": ["o1"], "channel": ["main"]})
    policies = [rest, off, urgent, vip]
    ticket = opened()
    assert policy_for(ticket, policies) is rest
    ticket.organization = "o1"
    assert policy_for(ticket, policies) is vip
    ticket.priority = "high"
    assert policy_for(ticket, policies) is urgent
    assert policy_for(ticket, [off]) is None
