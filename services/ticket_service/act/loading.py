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


class TicketMerged(Exception):
    """The ticket is part of another one now: `into` is the number under which its work goes on."""

    def __init__(self, number: str, into: str) -> None:
        super().__init__(f"{number}: {into}")
        self.number = number
        self.into = into


def load(desk: Desk, number: str) -> tuple[LoadedTicket, Workflow]:
    """The ticket with that number, and the desk's statuses. NotFound, TicketMerged."""
    loaded = desk.store.load_ticket(number)
    if loaded is None or loaded.ticket.deleted_at is not None:
        raise NotFound("ticket")
    if loaded.ticket.merged_into is not None:
        raise TicketMerged(number, loaded.ticket.merged_into)
    return loaded, desk.store.workflow()


def reachable(loaded: LoadedTicket) -> Conversation:
    """The conversation in which the customer can be answered. InternalTicket, NotReachable."""
    if loaded.ticket.type == INTERNAL_TICKET:
        raise InternalTicket
    # In the conversation of a person who was erased there is nobody to be answered.
    if loaded.conversation is None or not loaded.conversation.recipient.kind:
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
