"""Changes of a ticket's fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from services.ticket_service.act.changing import Changing
from services.ticket_service.act.loading import load
from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.status import Workflow
from services.ticket_service.ports import Changes, LoadedTicket


def change_ticket(
    desk: Desk,
    number: str,
    wanted: Mapping[str, Any],
    may: Collection[str],
    frame: Frame,
    check: Callable[[LoadedTicket, Workflow], None],
) -> tuple[LoadedTicket, Workflow]:
    """Set fields of a ticket; each real change becomes history, all of them together one fact.

    `wanted` has names as in domain.ticket.Ticket, with `requester` for the contact's id; `may` are the
    caller's permissions; `check` sees the ticket as it is and raises when it is not what the caller read.
    NotFound, TicketMerged, UnknownStatus, Unfit, PermissionMissing, ClosedStays, ChildrenOpen,
    HoursFromEntries, TooBusy.
    """

    def attempt() -> tuple[LoadedTicket, Workflow]:
        loaded, workflow = load(desk, number)
        check(loaded, workflow)
        changes = Changes(by=frame.actor)
        Changing(desk, changes, loaded, workflow, frame).set(wanted, may)
        if changes.tickets:
            desk.save(changes)
        return loaded, workflow

    return until_saved(attempt, frame)
