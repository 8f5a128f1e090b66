"""Where a message of a conversation goes: the ticket it joins, reopens or opens, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.ticket_service import announce
from services.ticket_service.amend import emoji
from services.ticket_service.announce import Cause
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import IN, REACTION, Message
from services.ticket_service.domain.options import NEVER, TicketOptions
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import CLOSED, SPAM, Status, Workflow
from services.ticket_service.domain.text import clean_text
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.domain.title import chat_title
from services.ticket_service.opening import NewTicket, Opening
from services.ticket_service.ports import Changes
from services.ticket_service.transition import enter_status


class Placing:
    """Puts messages on tickets and what follows into `changes`; every object made now is dated `now`."""

    def __init__(
        self,
        changes: Changes,
        tickets: dict[str, Ticket],
        workflow: Workflow,
        settings: DeskSettings,
        options: TicketOptions,
        opening: Opening,
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self._changes = changes
        self._tickets = tickets
        self._workflow = workflow
        self._settings = settings
        self._options = options
        self._opening = opening
        self._now = now
        self._new_id = new_id

    def current(self, conversation: Conversation | None) -> Ticket | None:
        """The ticket the conversation is about now; internal and deleted ones are not the customer's."""
        if conversation is None:
            return None
        found = self._tickets.get(conversation.open_ticket_id or conversation.last_ticket_id or "")
        if found is None or found.type != PUBLIC_TICKET or found.deleted_at is not None:
            return None
        return found

    def continued(self, conversation: Conversation | None, at: datetime) -> Ticket | None:
        """The ticket that a further message, written at that time, joins or reopens.

        None where the desk wants a new one: it never opens closed tickets again, or not after so long.
        """
        ticket = self.current(conversation)
        return ticket if ticket is not None and self.goes_on(ticket, at) else None

    def goes_on(self, ticket: Ticket, at: datetime) -> bool:
        """Whether what a customer writes at that time joins or reopens this ticket."""
        if not self._closed(ticket) or self._is_spam(ticket):
            return True
        limit, closed_at = self._options.reopen_limit_days, ticket.closed_at
        if limit is not None and closed_at is not None and at - closed_at > timedelta(days=limit):
            return False
        return self._options.reopen != NEVER

    def heard(
        self, ticket: Ticket, conversation: Conversation | None, message: Message, cause: Cause
    ) -> None:
        """A customer's further message: the next comment, or the answer to the opening question (S000).

        On spam it is kept, and nobody is told.
        """
        question = ticket.question
        if self._is_spam(ticket):
            ticket.comment(message, self._now)
            self._changes.touch(ticket)
            return
        if question is not None and question.is_answered_by(message):
            ticket.question = replace(question, answered_at=message.occurred_at, answered_by=message.id)
            ticket.describe(message)
            ticket.updated_at = self._now
        else:
            ticket.comment(message, self._now)
        self._answered(ticket, conversation, message, cause)

    def written_elsewhere(
        self, ticket: Ticket, conversation: Conversation, message: Message, cause: Cause
    ) -> None:
        """What the business wrote outside the desk: a comment, and the ticket goes where a reply takes it.

        A closed one stays closed: nobody at the desk decided to open it again.
        """
        ticket.comment(message, self._now)
        self._changes.touch(ticket)
        if self._closed(ticket):
            return
        to = self._workflow.after_agent_reply(ticket.status)
        self._enter(ticket, conversation, to, message, cause)
        self._changes.events.append(announce.agent_replied(ticket, conversation, to, message, cause))

    def beside(
        self, conversation: Conversation, message: Message, target: Message | None, cause: Cause
    ) -> None:
        """A reaction, an edit, a revoke or a notice: shown with its ticket, never a comment of it.

        A customer's emoji on an open ticket counts as an answer. Nothing else has an effect on the ticket.
        """
        ticket = self.current(conversation)
        if target is None:
            message.ticket_id = ticket.id if ticket else None
        if ticket is None or message.ticket_id != ticket.id or self._closed(ticket):
            return
        if message.kind == REACTION and message.direction == IN and emoji(message):
            self._answered(ticket, conversation, message, cause)

    def open(
        self, conversation: Conversation, contact: Contact, message: Message, address: str, cause: Cause
    ) -> None:
        """A new ticket, with the message as its description. `address` is for its title."""
        title = self._chat_title(contact, message, address)
        ticket = self._opening.open(
            NewTicket(title, contact, message.author, cause, conversation, message, message.text)
        )
        self._tickets[ticket.id] = ticket

    def open_mail(
        self,
        conversation: Conversation,
        contact: Contact,
        message: Message,
        cause: Cause,
        title: str,
        fields: Mapping[str, Any],
        *,
        silent: bool,
        answer: Callable[[Ticket], str] | None,
    ) -> Ticket:
        """A new ticket, with the mail as its description; without a `title` it is called like a chat."""
        given = title or self._chat_title(contact, message, conversation.recipient.address)
        new = NewTicket(
            *(given, contact, message.author, cause, conversation, message, message.text, fields),
            silent=silent,
            answer=answer,
        )
        ticket = self._opening.open(new)
        self._tickets[ticket.id] = ticket
        return ticket

    def _answered(
        self, ticket: Ticket, conversation: Conversation | None, message: Message, cause: Cause
    ) -> None:
        ticket.heard(message.occurred_at)
        self._changes.touch(ticket)
        to = self._workflow.after_customer_message(ticket.status)
        self._enter(ticket, conversation, to, message, cause)
        self._changes.events.append(announce.customer_replied(ticket, conversation, to, message, cause))

    def _enter(
        self, ticket: Ticket, conversation: Conversation | None, to: Status, message: Message, cause: Cause
    ) -> None:
        enter_status(
            self._changes,
            ticket,
            conversation,
            self._workflow,
            to,
            message.author,
            self._now,
            self._new_id,
            cause,
            message.occurred_at,
        )

    def _chat_title(self, contact: Contact, message: Message, address: str) -> str:
        settings = self._settings
        return chat_title(
            *(settings.title_pattern, message.occurred_at, settings.time_zone),
            *(clean_text(contact.alias(address)), contact.name),
        )

    def _closed(self, ticket: Ticket) -> bool:
        return CLOSED in self._workflow.status(ticket.status).roles

    def _is_spam(self, ticket: Ticket) -> bool:
        return SPAM in self._workflow.status(ticket.status).roles
