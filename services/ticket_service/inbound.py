"""Decides what a batch of messages means, in memory and in the order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.ticket_service.acting import Desk
from services.ticket_service.amend import Targets
from services.ticket_service.announce import Cause
from services.ticket_service.attached import attach
from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.domain.blocked_sender import BlockedSender, networks_blocked
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.chat_settings import MISSED, ChatSettings
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import CUSTOMER, PHONE_APP, Actor
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.message import (
    ABOUT_MESSAGES,
    BESIDE_THE_TALK,
    FORM_ANSWERED,
    IN,
    OUT,
    PUBLIC,
    SYSTEM_NOTE,
    Message,
)
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.text import clean_content, clean_text
from services.ticket_service.drafts import release
from services.ticket_service.mail_arrivals import Arrived, MailSituation, mail_of
from services.ticket_service.mail_placing import MailPlacing
from services.ticket_service.meeting import Meeting, age
from services.ticket_service.numbers import TicketNumber
from services.ticket_service.opening import Opening
from services.ticket_service.placing import Placing
from services.ticket_service.ports import Changes, WorkingSet
from services.ticket_service.visiting import in_a_form, meet_visitor
from shared.contracts.envelope import Event, trace_id
from shared.contracts.message_received import MessageReceived
from shared.contracts.visitor import Visitor

OpensTickets = Callable[[str], bool]
"""Whether a channel (by id) opens tickets by itself."""


class Inbound:
    """One decision: takes each message in turn, fills `changes`.

    `mails` is what the mails among them are decided with.
    `next_number` gives each new ticket its number; every object made now is dated `now`.
    """

    def __init__(
        self,
        working: WorkingSet,
        desk: Desk,
        opens_tickets: OpensTickets,
        next_number: Callable[[], TicketNumber],
        now: datetime,
        mails: MailSituation | None = None,
    ) -> None:
        self.changes = Changes()
        self._working = working
        self._opens_tickets = opens_tickets
        self._now = now
        self._new_id = desk.new_id
        store, workflow = desk.store, desk.store.workflow()
        self._store = store
        self._placing = Placing(
            self.changes,
            working.tickets,
            workflow,
            store.desk(),
            store.setting(TicketOptions),
            Opening(self.changes, store, workflow, next_number, now, desk.new_id, desk.mail),
            now,
            desk.new_id,
        )
        self._mails = (
            MailPlacing(self.changes, store, self._placing, mails, opens_tickets, now, desk.new_id)
            if mails is not None
            else None
        )
        blocked = store.all(BlockedSender)
        self._blocked = {sender.id for sender in blocked}
        self._networks = networks_blocked(blocked, now)
        self._targets = Targets(working.targets, working.waiting)
        self._meeting = Meeting(working, self.changes, now, desk.new_id)

    def tickets_wanted(self, messages: Sequence[MessageReceived]) -> int:
        """How many tickets these messages will open; changes nothing."""
        owners, ages = self._meeting.owners, dict[str, tuple[datetime, str]]()
        places = set()
        for position, message in enumerate(messages):
            keys = [identity.key for identity in message.sender.identities]
            known = [age(owners[key]) for key in keys if key in owners]
            known += [ages[key] for key in keys if key in ages]
            person = min(known, default=(self._now, f"new {position:09d}"))
            ages |= {key: person for key in keys if key not in ages}
            place = (person[1], message.channel_id)
            if message.mail is not None or not self._opens(message) or self._is_blocked(message):
                continue
            if self._placing.continued(self._meeting.places.get(place), message.occurred_at) is None:
                places.add(place)
        if self._mails is None:
            return len(places)
        mails = [(each, each.mail) for each in messages if each.mail is not None]
        return len(places) + self._mails.wanted([each for each in mails if not self._is_blocked(each[0])])

    def take(self, event: Event) -> None:
        """Decide on one message, as if those before it were saved already."""
        data: MessageReceived = event.data
        blocked = self._is_blocked(data)
        if self._mails is not None and data.mail is not None and not blocked:
            self._mails.meet(data, self._meeting)
        contact = self._meeting.contact(data)
        conversation = self._meeting.conversation(contact, data)
        message = self._message(data, contact, conversation, event.traceparent)
        cause = Cause(event.traceparent, event.id)
        answerable = self._meet(data, conversation)
        if data.visitor is not None:
            self._visit(data, data.visitor, contact, conversation)
        self.changes.messages.append(message)
        if data.kind in BESIDE_THE_TALK:
            target = self._targets.amend(message) if data.kind in ABOUT_MESSAGES else None
            if not blocked:
                self._placing.beside(conversation, message, target, cause)
            self.changes.touch(target)
        else:
            if self._mails is not None and data.mail is not None:
                arrived = Arrived(data, data.mail, contact, conversation, message, cause)
                self._mails.take(arrived, blocked=blocked)
            elif not blocked:
                self._place(data, contact, conversation, message, cause)
            self.changes.touch(*self._targets.arrived(message))
        if data.attachments:
            policy = self._store.setting(AttachmentPolicy)
            self.changes.touch(*attach(data, message, self._working.attachments, policy, self._now))
        if answerable and conversation.drafts and not blocked:
            release(self.changes, conversation, self._working, self._now, cause)

    def _meet(self, data: MessageReceived, conversation: Conversation) -> bool:
        """Note where the customer is reached and since when; whether the customer may be answered now.

        Only what the customer does moves the reply window. Where a channel has one, and does not name it for
        a reaction, an edit or a revoke, those do not move it.
        """
        given = data.sender.identities[0]
        identity, name = Identity(given.kind, given.value, given.address), clean_text(data.sender.name)
        conversation.updated_at = self._now
        self.changes.touch(conversation)
        silent = data.kind in BESIDE_THE_TALK and data.reply_window_seconds is None
        if data.direction == IN and data.kind != SYSTEM_NOTE and not silent:
            conversation.heard(identity, name, data.occurred_at, data.received_at, data.reply_window_seconds)
            return conversation.window_open(self._now)
        if data.kind == SYSTEM_NOTE or not conversation.recipient.kind:
            conversation.reach(identity, name)
        return False

    def _visit(
        self, data: MessageReceived, visitor: Visitor, contact: Contact, conversation: Conversation
    ) -> None:
        """Who writes in a live chat is there; that they came was told before anybody knew them."""
        if not conversation.present:
            conversation.came(data.occurred_at)
        told = in_a_form(data.content, visitor) if data.kind == FORM_ANSWERED else visitor
        at, owners = data.received_at, self._meeting.owners
        meet_visitor(told, contact, conversation, owners, at, self.changes)

    def _place(
        self,
        data: MessageReceived,
        contact: Contact,
        conversation: Conversation,
        message: Message,
        cause: Cause,
    ) -> None:
        if data.direction == OUT:
            ticket = self._placing.current(conversation)
            if ticket is not None:
                self._placing.written_elsewhere(ticket, conversation, message, cause)
            return
        ticket = self._placing.continued(conversation, data.occurred_at)
        if ticket is not None:
            self._placing.heard(ticket, conversation, message, cause)
        elif self._opens(data):
            self._placing.open(conversation, contact, message, data.sender.identities[0].value, cause)
        elif conversation.is_chat:
            conversation.waits(data.occurred_at)

    def _is_blocked(self, data: MessageReceived) -> bool:
        """Whether it comes from a sender whose messages are kept and reach no ticket."""
        if not self._blocked or data.direction == OUT:
            return False
        return any(each.key in self._blocked for each in data.sender.identities) or self._is_kept_out(data)

    def _is_kept_out(self, data: MessageReceived) -> bool:
        """Whether it comes from somebody new in a network of which a visitor was blocked.

        Who wrote before that, or with whom somebody at the desk opened a ticket since, is let in.
        """
        since = self._networks.get(data.visitor.network) if data.visitor else None
        if since is None:
            return False
        talk = self._meeting.talk(data)
        return talk is None or (talk.created_at >= since and talk.last_ticket_id is None)

    def _opens(self, data: MessageReceived) -> bool:
        """Whether the message opens a ticket where the conversation has none."""
        if data.direction == OUT or data.kind in BESIDE_THE_TALK:
            return False
        if (
            data.channel_kind == CHAT
            and self._store.setting(ChatSettings).of(data.channel_id).tickets == MISSED
        ):
            return False
        return self._opens_tickets(data.channel_id)

    def _message(
        self, data: MessageReceived, contact: Contact, conversation: Conversation, traceparent: str
    ) -> Message:
        customer = Actor(CUSTOMER, contact.id, contact.name)
        return Message(
            id=data.dedupe_key,
            direction=data.direction,
            visibility=PUBLIC,
            author=customer if data.direction == IN else PHONE_APP,
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
            target=data.target if data.kind in ABOUT_MESSAGES else None,
            attachments=[file.id for file in data.attachments],
            mail=mail_of(data) if data.mail is not None else None,
        )
