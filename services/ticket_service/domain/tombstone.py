"""Tickets that were deleted: how long they can be brought back, and what must never come back by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.ticket import Ticket

DEFAULT_KEEP_DAYS: Final = 30
MOST_KEEP_DAYS: Final = 3_650


@dataclass(slots=True)
class DeletionPolicy:
    """The section: how many days a deleted ticket can be restored before it is gone for good (0: at once)."""

    id: str = "desk"
    keep_days: int = DEFAULT_KEEP_DAYS
    version: int = 0

    def purged_before(self, now: datetime) -> datetime:
        """Tickets deleted at or before this time are gone, or go with the next purge."""
        return now - timedelta(days=self.keep_days)

    def restorable(self, deleted_at: datetime, now: datetime) -> bool:
        """Whether a ticket deleted then can still be brought back."""
        return deleted_at > self.purged_before(now)


@dataclass(slots=True)
class DeletedTicket:
    """A ticket in the bin, by its id, for the purge; with the answers that waited to be sent from it."""

    id: str
    number: str
    deleted_at: datetime
    drafts: list[str] = field(default_factory=list)
    version: int = 0


@dataclass(slots=True)
class Tombstone:
    """A message that was here and is gone for good, by its id: delivered again, it stays away."""

    id: str
    at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is of a deleted ticket: the ids of its messages, and its files."""

    messages: list[str]
    files: list[Attachment]


@dataclass(frozen=True, slots=True)
class Purge:
    """A deleted ticket that goes for good, with all that belongs to it; `messages` must never come back."""

    ticket: Ticket
    messages: list[str]
    at: datetime


def leave(conversation: Conversation, ticket_id: str, at: datetime) -> None:
    """Let further messages of the conversation find the ticket no more: the next one opens another."""
    if conversation.open_ticket_id == ticket_id:
        conversation.open_ticket_id = None
    if conversation.last_ticket_id == ticket_id:
        conversation.last_ticket_id = None
    conversation.updated_at = at


def come_back(conversation: Conversation, ticket_id: str, closed: bool, at: datetime) -> None:
    """Let further messages join the ticket again, unless they have another one to join by now."""
    if conversation.open_ticket_id is None and (not closed or conversation.last_ticket_id is None):
        conversation.ticket_moved(ticket_id, closed)
        conversation.updated_at = at
