"""Tickets whose status was removed follow to its successor: some at once, the rest by and by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.ports import Changes
from services.ticket_service.transition import enter_status

TicketsIn = Callable[[str, int], list[str]]
"""Numbers of tickets that have a status (by key), at most so many."""

BATCH: Final = 100
FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""By then every process has read the statuses many times over: nobody puts tickets there any more."""


def follow(desk: Desk, tickets_in: TicketsIn, frame: Frame, at_most: int) -> int:
    """Move up to `at_most` tickets out of removed statuses; how many that were. TooBusy, Unavailable.

    It is history and is counted, but nobody is told: for customers and listeners nothing happened. Removed
    statuses that are empty and old are forgotten. Run again by anybody at any time, it goes on.
    """
    moved = 0
    statuses = desk.store.records(Status, {})
    workflow = Workflow(statuses)
    for retired in statuses:
        if retired.replaced_by is None:
            continue
        while moved < at_most:
            numbers = tickets_in(retired.key, min(BATCH, at_most - moved))
            if not numbers:
                _forget(desk, retired, frame)
                break
            moved += _move(desk, numbers, retired, workflow, frame)
    return moved


def _move(desk: Desk, numbers: list[str], retired: Status, workflow: Workflow, frame: Frame) -> int:
    def attempt() -> int:
        _, working = desk.store.load_deliveries((), (), (), numbers)
        places = {each.conversation_id for each in working.tickets.values() if each.conversation_id}
        _, beside = desk.store.load_deliveries((), (), places, ())
        tickets = [each for each in working.tickets.values() if each.status == retired.key]
        changes = Changes()
        for ticket in tickets:
            conversation = beside.conversations.get(ticket.conversation_id or "")
            last = conversation is not None and ticket.id in (
                conversation.open_ticket_id,
                conversation.last_ticket_id,
            )
            enter_status(
                *(changes, ticket, conversation if last else None, workflow, _successor(retired, workflow)),
                *(frame.actor, desk.clock(), desk.new_id, frame.cause),
            )
        changes.events.clear()
        if tickets:
            desk.save(changes)
        return len(numbers)

    return until_saved(attempt, frame)


def _successor(retired: Status, workflow: Workflow) -> Status:
    return workflow.find(retired.replaced_by or "") or workflow.opening


def _forget(desk: Desk, retired: Status, frame: Frame) -> None:
    if retired.retired_at is None or desk.clock() - retired.retired_at < FORGOTTEN_AFTER:
        return
    changes = Changes()
    changes.remove(retired)

    def attempt() -> None:
        fresh = desk.store.record(Status, retired.key)
        if fresh == retired:
            desk.save(changes)

    until_saved(attempt, frame)
