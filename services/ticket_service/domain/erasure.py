"""A person is forgotten on request: what remains says that somebody wrote, never who or what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.ticket_service.domain.conversation import NEVER_HEARD, Conversation, Recipient
from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.ticket import DescriptionLine, Ticket

RUNNING: Final = "running"
DONE: Final = "done"
STATES: Final = (RUNNING, DONE)
ERASED_TITLE: Final = "—"
"""The title of a ticket whose requester was erased; it still has its number, its times and its states."""
ERASED_FOR_GOOD: Final = "The person it was about was erased."
"""Why the desk decided something by itself."""
SHORTEST_VALUE: Final = 6
"""A shorter number or name is found in anything; what is put aside is not looked through for it."""
SAFE_HISTORY: Final = (
    *("opened", "status", "type", "group", "assignee", "requester", "organization", "product", "project"),
    *("contract", "service", "category", "priority", "severity", "importance", "request_type", "operation"),
    *("hours", "days", "planned_at", "solution_forecast", "deleted", "restored"),
)
"""What changes of a ticket tell nothing about a person; the values of all others are forgotten."""


@dataclass(slots=True)
class Erasure:
    """`id` is the contact's; `contacts` are it and those that were merged into it.

    `keys` and `values` are those of their identities: what else names them is found by these, then they go.
    """

    id: str
    at: datetime
    by: Actor
    contacts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    done_at: datetime | None = None
    version: int = 0

    @property
    def state(self) -> str:
        """Whether there is something left to do."""
        return RUNNING if self.done_at is None else DONE

    def finish(self, at: datetime) -> None:
        """Everything is forgotten, and what it was found by as well."""
        self.keys, self.values, self.done_at = [], [], at


def erase_conversation(conversation: Conversation, at: datetime) -> list[str]:
    """Forget whom it is with: nobody can be answered there. The drafts that waited, now to be deleted."""
    waiting, conversation.drafts = conversation.drafts, []
    conversation.recipient = Recipient("", "", "")
    conversation.contact_key = f"erased:{conversation.id}"
    conversation.reply_window_seconds = NEVER_HEARD
    conversation.visit = None
    conversation.seen_to()
    conversation.updated_at = at
    return waiting


def erase_ticket(ticket: Ticket, at: datetime) -> None:
    """Forget what was written on it; number, times, states and who worked on it stay."""
    ticket.title = ERASED_TITLE
    ticket.description = [DescriptionLine(line.at, "", line.message_id) for line in ticket.description]
    ticket.solution = ticket.justification = ticket.linked_to = None
    ticket.cc = []
    ticket.thread = None
    if ticket.satisfaction is not None:
        ticket.satisfaction = replace(ticket.satisfaction, text="")
    if ticket.created_by.kind == CUSTOMER:
        ticket.created_by = Actor(CUSTOMER, ticket.created_by.id, "")
    ticket.updated_at = at
