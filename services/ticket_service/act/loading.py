"""What people's decisions begin with: the ticket as it is, its conversation, and the statuses there are."""

from __future__ import annotations

from dataclasses import dataclass

from services.ticket_service.acting import Desk, InternalTicket, NotFound, NotReachable, UnknownStatus
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.domain.ticket import INTERNAL_TICKET
from services.ticket_service.ports import LoadedTicket


@dataclass(frozen=True, slots=True)
class Done:
    """The ticket after what was done; `message` is the reply or note."""

    loaded: LoadedTicket
    workflow: Workflow
    message: Message


def load(desk: Desk, number: str) -> tuple[LoadedTicket, Workflow]:
    """The ticket with that number, and the desk's statuses. NotFound."""
    loaded = desk.store.load_ticket(number)
    if loaded is None:
        raise NotFound("ticket")
    return loaded, desk.store.workflow()


def reachable(loaded: LoadedTicket) -> Conversation:
    """The conversation in which the customer can be answered. InternalTicket, NotReachable."""
    if loaded.ticket.type == INTERNAL_TICKET:
        raise InternalTicket
    if loaded.conversation is None:
        raise NotReachable
    return loaded.conversation


def known_status(workflow: Workflow, key: str | None) -> Status | None:
    """The status with that key; None for none. UnknownStatus."""
    if key is None:
        return None
    status = workflow.find(key)
    if status is None:
        raise UnknownStatus(key, [known.key for known in workflow.statuses])
    return status
