"""A request the desk works on: its text, its status, and the fields people fill in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.message import COMMENT, DESCRIPTION, Message
from services.ticket_service.domain.status import CLOSED, Status

PUBLIC_TICKET: Final = "public"
INTERNAL_TICKET: Final = "internal"
TYPES: Final = (PUBLIC_TICKET, INTERNAL_TICKET)


@dataclass(frozen=True, slots=True)
class DescriptionLine:
    """A piece of the description with the time it was written (the provider's)."""

    at: datetime
    text: str
    message_id: str | None


@dataclass(slots=True)
class Ticket:
    """`status` is a status' key; `comments_count` is also the number of the last comment.

    `version` is 0 until it is first saved. What is None or empty was not filled in.
    """

    id: str
    number: str
    sequence: int
    title: str
    status: str
    channel_id: str
    channel_kind: str
    requester_id: str
    conversation_id: str | None
    created_at: datetime
    updated_at: datetime
    created_by: Actor
    type: str = PUBLIC_TICKET
    description: list[DescriptionLine] = field(default_factory=list)
    comments_count: int = 0
    last_customer_message_at: datetime | None = None
    closed_at: datetime | None = None
    source_rule: str | None = None
    organization: str | None = None
    service: str | None = None
    category: str | None = None
    priority: str | None = None
    severity: str | None = None
    importance: str | None = None
    request_type: str | None = None
    group: str | None = None
    assignee: str | None = None
    product: str | None = None
    project: str | None = None
    contract: str | None = None
    tags: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    justification: str | None = None
    solution_forecast: datetime | None = None
    hours: float = 0.0
    days: float = 0.0
    version: int = 0

    def describe(self, message: Message) -> None:
        """Make the message the description (S000: the first message is it, the others are comments)."""
        message.ticket_id, message.part, message.number = self.id, DESCRIPTION, None
        text = message.text or f"[{message.kind}]"
        self.description = [*self.description, DescriptionLine(message.occurred_at, text, message.id)]

    def comment(self, message: Message, at: datetime) -> None:
        """Add the message as the next numbered comment."""
        self.comments_count += 1
        self.updated_at = at
        message.ticket_id, message.part, message.number = self.id, COMMENT, self.comments_count

    def heard(self, occurred_at: datetime) -> None:
        """Note when the customer last wrote (the provider's time, whatever the order of arrival)."""
        if self.last_customer_message_at is None or occurred_at > self.last_customer_message_at:
            self.last_customer_message_at = occurred_at

    def set_status(self, status: Status, at: datetime) -> None:
        """Enter a status; `closed_at` follows from its role."""
        self.status = status.key
        self.updated_at = at
        if CLOSED not in status.roles:
            self.closed_at = None
        elif self.closed_at is None:
            self.closed_at = at


def description_text(lines: Iterable[DescriptionLine], zone: tzinfo) -> str:
    """The description as people read it: each piece under its time in the desk's zone (as in S000)."""
    return "\n".join(f"{line.at.astimezone(zone):%Y-%m-%d %H:%M:%S}\n{line.text}" for line in lines)
