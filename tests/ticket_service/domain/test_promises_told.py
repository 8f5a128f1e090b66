"""What is told of a promise, when it moves, whose it is: each thing once, whoever looks how often."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from services.ticket_service.domain.calendar import ALWAYS
from services.ticket_service.domain.promises import forget, renew
from services.ticket_service.domain.sla import FIRST_RESPONSE, IDLE, NEXT_RESPONSE, RESOLUTION
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule, policy_for
from services.ticket_service.domain.ticket import INTERNAL_TICKET, Pause
from tests.ticket_service.domain.promising import (
    agent_replies,
    at,
    customer_writes,
    moves,
    next_look,
    office,
    opened,
    promise,
)


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
