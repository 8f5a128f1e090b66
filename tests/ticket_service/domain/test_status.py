"""What happens to a ticket's status, in each of the five ways of working."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.status import CLOSED, OPENING, ROLES, Status, Workflow, mistakes


@pytest.mark.parametrize(
    ("preset", "keys"),
    [
        ("S000", ["open", "waiting_for_response", "customer_responded", "closed"]),
        ("S001", ["open", "in_progress", "closed"]),
        ("S002", ["unread", "read", "assigned", "in_progress", "waiting_for_feedback", "closed"]),
        ("S003", ["open", "pending", "closed", "spam"]),
        ("S004", ["new", "in_progress", "pending", "resolved", "closed"]),
    ],
)
def test_each_preset_has_the_statuses_of_its_document(preset: str, keys: list[str]) -> None:
    assert [status.key for status in Workflow(PRESETS[preset]).statuses] == keys


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_opens_and_closes_and_explains_itself(preset: str) -> None:
    statuses = PRESETS[preset]
    assert [status for status in statuses if OPENING in status.roles] != []
    assert [status for status in statuses if CLOSED in status.roles] != []
    for status in statuses:
        assert status.label
        assert status.description
        assert status.color.startswith("#")
        assert status.roles <= set(ROLES)


@pytest.mark.parametrize(
    ("preset", "before", "after"),
    [
        ("S000", "open", "open"),
        ("S000", "waiting_for_response", "customer_responded"),
        ("S000", "customer_responded", "customer_responded"),
        ("S000", "closed", "open"),
        ("S000", "removed_by_the_administrator", "customer_responded"),
        ("S001", "open", "open"),
        ("S001", "in_progress", "open"),
        ("S001", "closed", "open"),
        ("S002", "unread", "unread"),
        ("S002", "assigned", "unread"),
        ("S002", "waiting_for_feedback", "unread"),
        ("S002", "closed", "unread"),
        ("S003", "pending", "open"),
        ("S003", "closed", "open"),
        ("S003", "spam", "spam"),
        ("S004", "new", "new"),
        ("S004", "pending", "in_progress"),
        ("S004", "resolved", "in_progress"),
        ("S004", "closed", "new"),
    ],
)
def test_where_a_customers_further_message_takes_a_ticket(preset: str, before: str, after: str) -> None:
    assert Workflow(PRESETS[preset]).after_customer_message(before).key == after


@pytest.mark.parametrize(
    ("preset", "before", "after"),
    [
        ("S000", "open", "waiting_for_response"),
        ("S000", "customer_responded", "waiting_for_response"),
        ("S000", "closed", "waiting_for_response"),
        ("S001", "open", "open"),
        ("S001", "closed", "closed"),
        ("S002", "assigned", "waiting_for_feedback"),
        ("S003", "open", "pending"),
        ("S004", "new", "pending"),
    ],
)
def test_where_an_agents_reply_takes_a_ticket(preset: str, before: str, after: str) -> None:
    assert Workflow(PRESETS[preset]).after_agent_reply(before).key == after


@pytest.mark.parametrize(
    ("preset", "before", "after"),
    [
        ("S002", "unread", "read"),
        ("S002", "read", "read"),
        ("S002", "assigned", "assigned"),
        ("S002", "closed", "closed"),
        ("S000", "open", "open"),
    ],
)
def test_where_the_first_reading_takes_a_ticket(preset: str, before: str, after: str) -> None:
    assert Workflow(PRESETS[preset]).after_read(before).key == after


@pytest.mark.parametrize(
    ("preset", "before", "after"),
    [
        ("S002", "unread", "assigned"),
        ("S002", "read", "assigned"),
        ("S002", "in_progress", "in_progress"),
        ("S002", "waiting_for_feedback", "waiting_for_feedback"),
        ("S002", "closed", "closed"),
        ("S003", "open", "pending"),
        ("S003", "closed", "closed"),
        ("S004", "new", "new"),
    ],
)
def test_where_a_responsible_person_takes_a_ticket(preset: str, before: str, after: str) -> None:
    assert Workflow(PRESETS[preset]).after_assigned(before).key == after


def test_only_s004_asks_why_and_only_when_work_stops() -> None:
    asking = [(name, each.key) for name in PRESETS for each in PRESETS[name] if each.asks_justification]
    assert asking == [("S004", "pending"), ("S004", "resolved"), ("S004", "closed")]
    assert all(each.justifications for each in PRESETS["S004"] if each.asks_justification)


def test_a_removed_status_is_in_no_list_but_tickets_that_have_it_still_show_it() -> None:
    gone = replace(_status("old", 1), roles=frozenset({CLOSED}), replaced_by="a")
    workflow = Workflow([_status("a", 2), gone])
    assert [each.key for each in workflow.statuses] == ["a"]
    assert workflow.find("old") is None
    assert workflow.with_role(CLOSED) is None
    assert workflow.status("old") == gone
    assert workflow.after_customer_message("old").key == "a"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_one_a_desk_can_work_with(preset: str) -> None:
    assert mistakes(PRESETS[preset]) == []


@pytest.mark.parametrize(
    ("roles", "problems"),
    [
        ([], 2),
        ([{OPENING}], 1),
        ([{CLOSED}], 1),
        ([{OPENING, CLOSED}], 1),
        ([{OPENING}, {CLOSED}], 0),
        ([{OPENING}, *[{CLOSED}] * 50], 1),
    ],
)
def test_a_desk_needs_a_status_that_opens_and_another_that_closes(
    roles: list[set[str]], problems: int
) -> None:
    statuses = [replace(_status(f"s{n}", n), roles=frozenset(each)) for n, each in enumerate(roles)]
    assert len(mistakes(statuses)) == problems


def test_an_administrator_who_removed_every_role_still_has_a_desk_that_opens_tickets() -> None:
    workflow = Workflow([_status("b", 2), _status("a", 1)])
    assert workflow.opening.key == "a"
    assert workflow.after_customer_message("b").key == "a"
    assert workflow.after_agent_reply("b").key == "b"


@pytest.mark.parametrize("statuses", [[], ["a", "a"]])
def test_a_workflow_without_statuses_or_with_one_twice_is_refused(statuses: list[str]) -> None:
    with pytest.raises(ValueError, match="status"):
        Workflow([_status(key, 1) for key in statuses])


def _status(key: str, order: int) -> Status:
    return Status(key, key, "", "#000000", order, frozenset())
