"""Decides what a batch of customers' messages means, in memory and in the order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.ticket_service import announce
from services.ticket_service.announce import Cause
from services.ticket_service.domain.contact import LEAD, Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.history import CUSTOMER, OPENED, Actor, HistoryEntry
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.message import IN, PUBLIC, Message
from services.ticket_service.domain.numbering import number
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import CLOSED, Workflow
from services.ticket_service.domain.text import clean_content, clean_text
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.title import chat_title
from services.ticket_service.ports import Changes, WorkingSet
from services.ticket_service.transition import enter_status
from shared.contracts.envelope import Event, trace_id
from shared.contracts.message_received import Identity as GivenIdentity
from shared.contracts.message_received import MessageReceived

OpensTickets = Callable[[str], bool]
"""Whether a channel (by id) opens tickets by itself."""


class Inbound:
    """One decision: takes each message in turn, fills `changes`.

    `next_number` gives each new ticket its sequence number; every object made now is dated `now`.
    """

    def __init__(
        self,
        working: WorkingSet,
        workflow: Workflow,
        settings: DeskSettings,
        opens_tickets: OpensTickets,
        next_number: Callable[[], int],
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self.changes = Changes()
        self._workflow = workflow
        self._settings = settings
        self._opens_tickets = opens_tickets
        self._next_number = next_number
        self._now = now
        self._new_id = new_id
        self._tickets = working.tickets
        self._owners: dict[str, Contact] = {}
        for contact in sorted(working.contacts.values(), key=_age):
            for identity in contact.identities:
                self._owners.setdefault(identity.key, contact)
        self._places = {
            (conversation.contact_id, conversation.channel_id): conversation
            for conversation in working.conversations.values()
        }

    def tickets_wanted(self, messages: Sequence[MessageReceived]) -> int:
        """How many tickets these messages will open; changes nothing."""
        ages: dict[str, tuple[datetime, str]] = {}
        places = set()
        for position, message in enumerate(messages):
            keys = [identity.key for identity in message.sender.identities]
            known = [_age(self._owners[key]) for key in keys if key in self._owners]
            known += [ages[key] for key in keys if key in ages]
            person = min(known, default=(self._now, f"new {position:09d}"))
            ages |= {key: person for key in keys if key not in ages}
            place = (person[1], message.channel_id)
            if self._opens_tickets(message.channel_id) and self._continued(self._places.get(place)) is None:
                places.add(place)
        return len(places)

    def take(self, event: Event) -> None:
        """Decide on one message, as if those before it were saved already."""
        data: MessageReceived = event.data
        contact = self._contact(data)
        conversation = self._conversation(contact, data)
        identity = data.sender.identities[0]
        conversation.heard(
            Identity(identity.kind, identity.value, identity.address),
            clean_text(data.sender.name),
            data.occurred_at,
            data.received_at,
            data.reply_window_seconds,
        )
        conversation.updated_at = self._now
        self.changes.conversations[conversation.id] = conversation
        message = self._message(data, contact, conversation, event.traceparent)
        self.changes.messages.append(message)
        cause = Cause(event.traceparent, event.id)
        ticket = self._continued(conversation)
        if ticket is not None:
            self._continue(ticket, conversation, message, cause)
        elif self._opens_tickets(data.channel_id):
            self._open(conversation, contact, message, identity.value, cause)

    def _owner(self, identities: Sequence[GivenIdentity]) -> Contact | None:
        """The contact known by any of these; of several the oldest (merging them is for people)."""
        found = [self._owners[each.key] for each in identities if each.key in self._owners]
        return min(found, key=_age) if found else None

    def _contact(self, data: MessageReceived) -> Contact:
        name = clean_text(data.sender.name)
        contact = self._owner(data.sender.identities)
        if contact is None:
            contact = Contact(self._new_id(), LEAD, name, [], self._now, self._now)
        # An identity that another contact has stays with it: identities are unique.
        new = [
            Identity(each.kind, each.value, each.address)
            for each in data.sender.identities
            if each.key not in self._owners
        ]
        for identity in new:
            self._owners.setdefault(identity.key, contact)
        if contact.learn(new, name, self._now) or contact.version == 0:
            self.changes.contacts[contact.id] = contact
        return contact

    def _conversation(self, contact: Contact, data: MessageReceived) -> Conversation:
        place = (contact.id, data.channel_id)
        conversation = self._places.get(place)
        if conversation is None:
            conversation = self._places[place] = Conversation(
                id=self._new_id(),
                contact_id=contact.id,
                channel_id=data.channel_id,
                channel_kind=data.channel_kind,
                contact_key=data.contact_key,
                recipient=Recipient("", "", ""),
                last_inbound_at=None,
                reply_window_seconds=None,
                open_ticket_id=None,
                last_ticket_id=None,
                created_at=self._now,
                updated_at=self._now,
            )
        return conversation

    def _message(
        self, data: MessageReceived, contact: Contact, conversation: Conversation, traceparent: str
    ) -> Message:
        return Message(
            id=data.dedupe_key,
            direction=IN,
            visibility=PUBLIC,
            author=Actor(CUSTOMER, contact.id, contact.name),
            kind=data.kind,
            text=clean_text(data.text),
            occurred_at=data.occurred_at,
            created_at=self._now,
            conversation_id=conversation.id,
            contact_id=contact.id,
            content=clean_content(data.content),
            reply_to=data.reply_to,
            provider_message_ids=[data.provider_message_id],
            received_at=data.received_at,
            raw=clean_text(data.raw),
            trace_id=trace_id(traceparent),
        )

    def _continued(self, conversation: Conversation | None) -> Ticket | None:
        """The ticket a further message of the conversation joins or reopens."""
        if conversation is None:
            return None
        return self._tickets.get(conversation.open_ticket_id or conversation.last_ticket_id or "")

    def _continue(self, ticket: Ticket, conversation: Conversation, message: Message, cause: Cause) -> None:
        changes = self.changes
        ticket.comment(message, self._now)
        ticket.heard(message.occurred_at)
        changes.tickets[ticket.id] = ticket
        to = self._workflow.after_customer_message(ticket.status)
        enter_status(
            changes,
            ticket,
            conversation,
            self._workflow,
            to,
            message.author,
            self._now,
            self._new_id,
            cause,
        )
        changes.events.append(announce.customer_replied(ticket, conversation, to, message, cause))

    def _open(
        self,
        conversation: Conversation,
        contact: Contact,
        message: Message,
        address: str,
        cause: Cause,
    ) -> None:
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
        changes = self.changes
        changes.tickets[ticket.id] = ticket
        changes.history.append(
            HistoryEntry(self._new_id(), ticket.id, self._now, message.author, OPENED, None, status.key)
        )
        changes.counters[status.key] += 1
        changes.events.append(announce.opened(ticket, conversation, status, message.text, cause))


def _age(contact: Contact) -> tuple[datetime, str]:
    return contact.created_at, contact.id
