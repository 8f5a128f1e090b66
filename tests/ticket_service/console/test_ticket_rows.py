"""What a row of a list says of a ticket: how late it is, and whether it is still in the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ticket_service.console.lists.rows import IN_TIME, LATE, SOON, Due, due, gone
from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.sla import Sla, SlaTarget
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.store.search import PAUSED
from services.ticket_service.store.ticket_filter import TicketFilter

NOW = datetime(2025, 2, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def target(**fields: Any) -> SlaTarget:
    return SlaTarget("resolution", 60, NOW - HOUR, **fields)


def ticket(**fields: Any) -> Ticket:
    who = Actor("agent", "u1", "Anna")
    return Ticket(
        "t1", "TT1", 1, "Title", "open", "c1", "whatsapp_cloud", "p1", None, NOW, NOW, who, **fields
    )


@pytest.mark.parametrize(
    ("sla", "expected"),
    [
        (None, None),
        (Sla("p", targets=[target(due_at=NOW, met_at=NOW)]), None),
        (Sla("p", targets=[target(due_at=NOW + HOUR)]), Due(IN_TIME, NOW + HOUR)),
        (Sla("p", targets=[target(due_at=NOW + HOUR, warned_at=NOW)]), Due(SOON, NOW + HOUR)),
        (Sla("p", targets=[target(due_at=NOW - HOUR, breached_at=NOW)]), Due(LATE, NOW - HOUR)),
        # The timers have not come by yet, and it is late all the same.
        (Sla("p", targets=[target(due_at=NOW)]), Due(LATE, NOW)),
        (Sla("p", paused=True, targets=[target(remaining_minutes=5)]), Due(PAUSED, None)),
        (
            Sla("p", targets=[target(due_at=NOW + 2 * HOUR), target(due_at=NOW + HOUR)]),
            Due(IN_TIME, NOW + HOUR),
        ),
    ],
)
def test_the_next_promise_is_shown_as_it_stands(sla: Sla | None, expected: Due | None) -> None:
    assert due(sla, NOW) == expected


@pytest.mark.parametrize(
    ("wanted", "fields", "expected"),
    [
        (TicketFilter(), {}, False),
        (TicketFilter(any_of={"status": ["open"]}), {}, False),
        (TicketFilter(any_of={"status": ["closed"]}), {}, True),
        (TicketFilter(any_of={"assignee": ["none"]}), {}, False),
        (TicketFilter(any_of={"assignee": ["none"]}), {"assignee": "u1"}, True),
        (TicketFilter(any_of={"tag": ["estate"]}), {}, False),  # lists of values are not looked into
        (TicketFilter(unread=True), {"read_at": NOW}, True),
        (TicketFilter(unanswered=True), {"unanswered_since": NOW}, False),
    ],
)
def test_a_ticket_is_gone_when_a_field_no_longer_fits(
    wanted: TicketFilter, fields: dict[str, Any], expected: bool
) -> None:
    assert gone(wanted, ticket(**fields)) is expected
