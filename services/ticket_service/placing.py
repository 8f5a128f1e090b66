"""Where a message of a conversation goes: the ticket it joins, reopens or opens, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.ticket_service import announce
from services.ticket_service.amend import emoji
from services.ticket_service.announce import Cause
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import OPENED, HistoryEntry
from services.ticket_service.domain.message import IN, REACTION, Message
from services.ticket_service.domain.numbering import number
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import CLOSED, Status, Workflow
from services.ticket_service.domain.text import clean_text
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.title import chat_title
from services.ticket_service.ports import Changes
from services.ticket_service.transition import enter_status


class Placing:
    """Puts messages on tickets and what follows into `changes`; every object made now is dated `now`.

    `next_number` gives each new ticket its sequence number.
    """

    def __init__(
        self,
        changes: Changes,
        tickets: dict[str, Ticket],
        workflow: Workflow,
        settings: DeskSettings,
        next_number: Callable[[], int],
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self._changes = changes
        self._tickets = tickets
        self._workflow = workflow
        self._settings = settings
        self._next_number = next_number
        self._now = now
        self._new_id = new_id

    def continued(self, conversation: Conversation | None) -> Ticket | None:
        """The ticket a further message of the conversation joins or reopens."""
        if conversation is None:
            return None
        return self._tickets.get(conversation.open_ticket_id or conversation.last_ticket_id or "")

    def heard(self, ticket: Ticket, conversation: Conversation, message: Message, cause: Cause) -> None:
        """A customer's further message: the next comment."""
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
        ticket = self.continued(conversation)
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
        settings, status, sequence = self._settings, self._workflow.opening, self._next_number()
        ticket = Ticket(
            id=self._new_id(),
            number=number(settings.number_prefix, sequence),
            sequence=sequence,
            title=chat_title(
                settings.title_pattern,
                message.occurred_at,
                settings.time_zone,
                clean_text(address),
                contact.name,
            ),
            status=status.key,
            channel_id=conversation.channel_id,
            channel_kind=conversation.channel_kind,
            requester_id=contact.id,
            conversation_id=conversation.id,
            created_at=self._now,
            updated_at=self._now,
            created_by=message.author,
        )
        ticket.describe(message)
        ticket.heard(message.occurred_at)
        conversation.ticket_moved(ticket.id, CLOSED in status.roles)
        self._tickets[ticket.id] = ticket
        changes = self._changes
        changes.touch(ticket)
        changes.history.append(
            HistoryEntry(self._new_id(), ticket.id, self._now, message.author, OPENED, None, status.key)
        )
        changes.counters[status.key] += 1
        changes.events.append(announce.opened(ticket, conversation, status, message.text, cause))

    def _answered(self, ticket: Ticket, conversation: Conversation, message: Message, cause: Cause) -> None:
        ticket.heard(message.occurred_at)
        self._changes.touch(ticket)
        to = self._workflow.after_customer_message(ticket.status)
        self._enter(ticket, conversation, to, message, cause)
        self._changes.events.append(announce.customer_replied(ticket, conversation, to, message, cause))

    def _enter(
        self, ticket: Ticket, conversation: Conversation, to: Status, message: Message, cause: Cause
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
        )

    def _closed(self, ticket: Ticket) -> bool:
        return CLOSED in self._workflow.status(ticket.status).roles
