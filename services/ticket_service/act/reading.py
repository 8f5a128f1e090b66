"""The first time somebody of the desk looks at a ticket (S002: Unread, then Read)."""

from __future__ import annotations

from services.ticket_service.act.loading import load
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.domain.status import Workflow
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status


def read(
    desk: Desk, number: str, frame: Frame, remember: Remember[tuple[LoadedTicket, Workflow]]
) -> tuple[LoadedTicket, Workflow]:
    """Note that it was read; only the first time counts. NotFound, TicketMerged, TooBusy."""

    def attempt() -> tuple[LoadedTicket, Workflow]:
        loaded, workflow = load(desk, number)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes(by=frame.actor)
        if ticket.read_at is None:
            ticket.read_at = now
            changes.touch(ticket)
            enter_status(
                *(changes, ticket, loaded.conversation, workflow, workflow.after_read(ticket.status)),
                *(frame.actor, now, desk.new_id, frame.cause),
            )
        return save_once(desk, changes, (loaded, workflow), remember)

    return until_saved(attempt, frame)
