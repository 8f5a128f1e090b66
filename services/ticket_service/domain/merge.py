"""One ticket becomes part of another: what the survivor takes over, and which number each comment gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.mail import MailThread
from services.ticket_service.domain.ticket import Ticket

T = TypeVar("T")


@dataclass(slots=True)
class MergedTicket:
    """A ticket that became part of another: by its id, with the conversations that went over with it."""

    id: str
    number: str
    into: str
    at: datetime
    by: Actor
    conversations: list[str] = field(default_factory=list)
    version: int = 0


@dataclass(frozen=True, slots=True)
class TicketMove:
    """Everything that is said on one ticket goes to another (both by id).

    `shift` is added to the numbers of its comments; `described` are messages of its description with the
    numbers they get as comments.
    """

    from_ticket: str
    to_ticket: str
    shift: int
    described: dict[str, int]


def take_over(survivor: Ticket, merged: Ticket, at: datetime) -> TicketMove:
    """Let the survivor have what the merged ticket has; the move of what was said follows from it.

    The merged ticket's description becomes comments of the survivor, its comments come after them; nothing
    of the survivor's own gets another number.
    """
    described = [line.message_id for line in merged.description if line.message_id is not None]
    first = survivor.comments_count + 1
    move = TicketMove(
        merged.id,
        survivor.id,
        survivor.comments_count + len(described),
        {message_id: first + place for place, message_id in enumerate(described)},
    )
    survivor.comments_count = move.shift + merged.comments_count
    merged.comments_count = 0
    for name in ("tags", "cc", "watchers"):
        setattr(survivor, name, _together(getattr(survivor, name), getattr(merged, name)))
    if merged.thread is not None:
        survivor.thread = (survivor.thread or MailThread()).together(merged.thread)
    survivor.satisfaction = survivor.satisfaction or merged.satisfaction
    survivor.hours, survivor.days = survivor.hours + merged.hours, survivor.days + merged.days
    merged.hours = merged.days = 0.0
    survivor.last_customer_message_at = _latest(
        survivor.last_customer_message_at, merged.last_customer_message_at
    )
    survivor.last_agent_reply_at = _latest(survivor.last_agent_reply_at, merged.last_agent_reply_at)
    survivor.unanswered_since = min(
        (each for each in (survivor.unanswered_since, merged.unanswered_since) if each), default=None
    )
    merged.unanswered_since = None
    # Nobody is told that it closes: whoever asked is answered on the survivor.
    merged.notify_requester, merged.merged_into = False, survivor.number
    survivor.updated_at = merged.updated_at = at
    return move


def follow(conversation: Conversation, merged: Ticket, survivor: Ticket, closed: bool, at: datetime) -> None:
    """Let further messages of the conversation join the survivor where they would have joined the merged one.

    `closed` says whether the survivor is closed: then they reopen it.
    """
    if conversation.open_ticket_id == merged.id:
        conversation.open_ticket_id = None if closed else survivor.id
        conversation.last_ticket_id = survivor.id
    elif conversation.last_ticket_id == merged.id:
        conversation.last_ticket_id = survivor.id
    conversation.updated_at = at


def _together(own: Iterable[T], others: Iterable[T]) -> list[T]:
    return list(dict.fromkeys([*own, *others]))


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each), default=None)
