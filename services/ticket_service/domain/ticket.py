"""A request the desk works on: its text, its status, and the fields people fill in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from services.ticket_service.domain.history import AGENT, PHONE, Actor
from services.ticket_service.domain.mail import MailThread
from services.ticket_service.domain.message import COMMENT, DESCRIPTION, OUT, Message
from services.ticket_service.domain.opening_question import Asked
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.sla import Sla
from services.ticket_service.domain.status import CLOSED, WAITING_CUSTOMER, Status

PUBLIC_TICKET: Final = "public"
INTERNAL_TICKET: Final = "internal"
TYPES: Final = (PUBLIC_TICKET, INTERNAL_TICKET)


ANSWERED: Final = " ✓"


@dataclass(frozen=True, slots=True)
class DescriptionLine:
    """A piece of the description with the time it was written (the provider's)."""

    at: datetime
    text: str
    message_id: str | None


@dataclass(slots=True)
class Pause:
    """A time in which the desk owed nothing: it waited for the customer, or the ticket was closed."""

    start: datetime
    end: datetime | None = None


MOST_PAUSES: Final = 500
"""Of a ticket that goes back and forth more often the oldest are forgotten."""


@dataclass(slots=True)
class Ticket:
    """`status` is a status' key; `comments_count` is also the number of the last comment.

    Keys of dictionary entries: `service category priority severity importance request_type operation`. Ids of
    records: `organization group assignee product project contract`; `linked_to` is `contact:<id>` or
    `organization:<id>`. `watchers` are ids of users.

    Facts that service levels rest on: `status_since`, `first_response_at`, `last_agent_reply_at`,
    `unanswered_since` (the oldest message of the customer without an answer), `last_action_at`, `pauses`.
    `question` is what the customer was asked when it opened.
    `merged_into` is the number of the ticket that has everything now; `deleted_at` hides it from all lists.
    `thread` is what is known of the mails on it; only the contact `visible_to` sees it of a customer's people
    (None: all of them do). `satisfaction` is what the customer said of it when it was closed.
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
    operation: str | None = None
    linked_to: str | None = None
    solution: str | None = None
    planned_at: datetime | None = None
    notify_requester: bool = True
    watchers: list[str] = field(default_factory=list)
    status_since: datetime | None = None
    read_at: datetime | None = None
    first_response_at: datetime | None = None
    last_agent_reply_at: datetime | None = None
    unanswered_since: datetime | None = None
    last_action_at: datetime | None = None
    pauses: list[Pause] = field(default_factory=list)
    merged_into: str | None = None
    deleted_at: datetime | None = None
    sla: Sla | None = None
    question: Asked | None = None
    thread: MailThread | None = None
    visible_to: str | None = None
    satisfaction: Satisfaction | None = None
    version: int = 0

    def answers_to(self) -> str:
        """The address that answers by mail go to; empty where it is the one of the ticket's conversation."""
        return self.thread.reply_to if self.thread is not None else ""

    def describe(self, message: Message) -> None:
        """Make the message the description (S000: the first message is it, the others are comments)."""
        message.ticket_id, message.part, message.number = self.id, DESCRIPTION, None
        self._acted(message)
        text = message.text or f"[{message.kind}]"
        self.description = [*self.description, DescriptionLine(message.occurred_at, text, message.id)]

    def comment(self, message: Message, at: datetime) -> None:
        """Add the message as the next numbered comment."""
        self.comments_count += 1
        self.updated_at = at
        self._acted(message)
        message.ticket_id, message.part, message.number = self.id, COMMENT, self.comments_count

    def _acted(self, message: Message) -> None:
        """Keep the facts that follow from something said on the ticket; an answer is what an agent sends.

        What a machine wrote to the desk is nobody's action.
        """
        at = message.occurred_at
        if message.by_machine:
            return
        if self.last_action_at is None or at > self.last_action_at:
            self.last_action_at = at
        if message.direction == OUT and message.author.kind in (AGENT, PHONE):
            self.answered(at)

    def answered(self, at: datetime) -> None:
        """Note that somebody answered the customer."""
        self.first_response_at = self.first_response_at or at
        self.last_agent_reply_at = max(at, self.last_agent_reply_at or at)
        if self.unanswered_since is not None and self.unanswered_since <= at:
            self.unanswered_since = None

    def heard(self, occurred_at: datetime) -> None:
        """Note when the customer last wrote (the provider's time, whatever the order of arrival)."""
        answered = self.last_agent_reply_at is not None and occurred_at <= self.last_agent_reply_at
        if not answered and (self.unanswered_since is None or occurred_at < self.unanswered_since):
            self.unanswered_since = occurred_at
        if self.last_customer_message_at is None or occurred_at > self.last_customer_message_at:
            self.last_customer_message_at = occurred_at

    def set_status(self, status: Status, at: datetime, since: datetime | None = None) -> None:
        """Enter a status; `closed_at` and pauses follow from its roles.

        `since` is when what moves it really happened, where that was earlier (a provider's time).
        """
        self.status = status.key
        self.updated_at = self.status_since = at
        self._pause(bool({WAITING_CUSTOMER, CLOSED} & status.roles), min(since or at, at))
        if CLOSED not in status.roles:
            self.closed_at = None
        elif self.closed_at is None:
            self.closed_at = at

    def _pause(self, paused: bool, at: datetime) -> None:
        running = self.pauses[-1] if self.pauses and self.pauses[-1].end is None else None
        if paused and running is None:
            self.pauses = [*self.pauses, Pause(at)][-MOST_PAUSES:]
        elif not paused and running is not None:
            self.pauses = [*self.pauses[:-1], Pause(running.start, max(at, running.start))]


def description_text(lines: Iterable[DescriptionLine], zone: tzinfo, question: Asked | None = None) -> str:
    """The description as people read it: each piece under its time in the desk's zone (as in S000).

    The answer to the opening question is marked (`SI ✓`).
    """
    answer = question.answered_by if question is not None else None
    return "\n".join(
        f"{line.at.astimezone(zone):%Y-%m-%d %H:%M:%S}\n{line.text}"
        + (ANSWERED if answer is not None and line.message_id == answer else "")
        for line in lines
    )
