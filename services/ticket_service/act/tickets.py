"""Notes on tickets, and changes of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.ticket_service.act.loading import Done, known_status, load
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.message import INTERNAL, NOTE, Message
from services.ticket_service.domain.status import Workflow
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status
from shared.contracts.envelope import trace_id


def note(desk: Desk, number: str, text: str, frame: Frame, remember: Remember[Done]) -> Done:
    """Write something on a ticket that only the desk sees. NotFound, TooBusy."""
    note_id = desk.new_id()

    def attempt() -> Done:
        loaded, workflow = load(desk, number)
        now = desk.clock()
        message = Message(
            id=note_id,
            direction=NOTE,
            visibility=INTERNAL,
            author=frame.actor,
            kind="text",
            text=text,
            occurred_at=now,
            created_at=now,
            contact_id=loaded.requester.id,
            trace_id=trace_id(frame.traceparent),
        )
        changes = Changes()
        loaded.ticket.comment(message, now)
        changes.touch(loaded.ticket)
        changes.messages.append(message)
        return save_once(desk, changes, Done(loaded, workflow, message), remember)

    return until_saved(attempt, frame)


def change_ticket(
    desk: Desk,
    number: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[LoadedTicket, Workflow], None],
) -> tuple[LoadedTicket, Workflow]:
    """Set fields of a ticket (names as in domain.ticket.Ticket); each real change becomes history.

    `check` sees the ticket as it is and raises when it is not what the caller read. NotFound, UnknownStatus,
    TooBusy.
    """

    def attempt() -> tuple[LoadedTicket, Workflow]:
        loaded, workflow = load(desk, number)
        check(loaded, workflow)
        ticket, now = loaded.ticket, desk.clock()
        changes = Changes()
        status = known_status(workflow, wanted.get("status"))
        for name, after in wanted.items():
            before = getattr(ticket, name)
            if name == "status" or before == after:
                continue
            setattr(ticket, name, after)
            ticket.updated_at = now
            changes.touch(ticket)
            changes.history.append(
                HistoryEntry(desk.new_id(), ticket.id, now, frame.actor, name, before, after)
            )
        if status is not None:
            enter_status(
                changes,
                ticket,
                loaded.conversation,
                workflow,
                status,
                frame.actor,
                now,
                desk.new_id,
                frame.cause,
            )
        if changes.tickets:
            desk.save(changes)
        return loaded, workflow

    return until_saved(attempt, frame)
