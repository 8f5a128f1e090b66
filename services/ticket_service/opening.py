"""The one place where tickets are made: by a customer's message, by hand, from a conversation, by a split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service import announce
from services.ticket_service.announce import Cause
from services.ticket_service.domain.assignment import (
    FIELDS,
    AssignmentRule,
    NewTicketFacts,
    Verdict,
    decide,
)
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import AGENT, CUSTOMER, DESK, OPENED, Actor, HistoryEntry
from services.ticket_service.domain.identity import EMAIL
from services.ticket_service.domain.mail_token import NO_MAIL, MailDesk
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.note import about_contact
from services.ticket_service.domain.notices import OPENED as NOTICE_OF_OPENING
from services.ticket_service.domain.notices import REQUESTER, Notices
from services.ticket_service.domain.opening_question import OpeningQuestion, asked
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.status import CLOSED, Status, Workflow
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.mailing import is_mailbox, mail_around, thread_begun
from services.ticket_service.numbers import TicketNumber
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.saying import Saying, choices, may_say, say
from services.ticket_service.sla.keeping import is_open
from services.ticket_service.transition import enter_status
from services.ticket_service.turns import Turns
from shared.contracts import ticket_fact
from shared.contracts.reply_mail import ReplyMail

RULE: Final = "rule"
"""In the history: a rule on create that applied, by its name."""
DESK_CHANNEL: Final = "desk"
"""The channel (id and kind) of tickets that came by none: opened by hand for a call or a visit, say."""


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket to be made. `first` becomes its description; it need not be saved yet.

    `fields` are what somebody chose, by the names of Ticket's fields: rules do not replace that. `text` is
    what rules look at and listeners are told beside the title. `answer` makes what the customer is told at
    once, instead of what rules on create would say. A `silent` one is announced to nobody by mail and
    answered by nothing (S001: made from a mail).
    """

    title: str
    requester: Contact
    by: Actor
    cause: Cause
    conversation: Conversation | None = None
    first: Message | None = None
    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    silent: bool = False
    answer: Callable[[Ticket], str] | None = None


class Opening:
    """Makes tickets and puts all that follows into `changes`; everything made now is dated `now`.

    Nothing is asked of the database where no rule, question or turn is set up.
    """

    def __init__(
        self,
        changes: Changes,
        store: DeskStore,
        workflow: Workflow,
        next_number: Callable[[], TicketNumber],
        now: datetime,
        new_id: Callable[[], str],
        mail: MailDesk = NO_MAIL,
    ) -> None:
        self._changes = changes
        self._store = store
        self._workflow = workflow
        self._next_number = next_number
        self._now = now
        self._new_id = new_id
        self._mail = mail
        self._turns = Turns(changes, store)

    def open(self, new: NewTicket) -> Ticket:
        """The ticket, with its history, its counters and the facts. Unavailable."""
        ticket = self._made(new)
        verdict = self._ruled(ticket, new)
        self._give(ticket, new, verdict)
        status = self._first_status(ticket, new)
        ticket.set_status(status, self._now)
        changes, conversation = self._changes, self._follow(ticket, new)
        # The requester as well: a contact that is merged at this moment must not be left with a ticket.
        changes.touch(new.requester, ticket)
        self._note(ticket, new.by, OPENED, status.key)
        changes.counters[status.key] += 1
        mail = self._opening_mail(ticket, conversation, status, new, verdict)
        changes.events.append(announce.opened(ticket, conversation, status, new.text, new.cause, mail))
        if new.silent:
            changes.untold.add(ticket.id)
        for rule in verdict.applied:
            self._note(ticket, DESK, RULE, rule.name)
        if ticket.assignee is not None:
            self._announce_assigned(ticket, conversation, status, new)
        if conversation is not None and not new.silent:
            self._say(ticket, conversation, new, verdict)
        self._enter(ticket, conversation, verdict.status, new.cause)
        return ticket

    def _made(self, new: NewTicket) -> Ticket:
        given, conversation = self._next_number(), new.conversation
        ticket = Ticket(
            id=self._new_id(),
            number=given.number,
            sequence=given.sequence,
            title=new.title,
            status=self._workflow.opening.key,
            channel_id=conversation.channel_id if conversation else DESK_CHANNEL,
            channel_kind=conversation.channel_kind if conversation else DESK_CHANNEL,
            requester_id=new.requester.id,
            conversation_id=conversation.id if conversation else None,
            created_at=self._now,
            updated_at=self._now,
            created_by=new.by,
            organization=new.requester.organization,
            linked_to=about_contact(new.requester.id),  # S000: who wrote is who the ticket is linked to
        )
        for name, value in new.fields.items():
            setattr(ticket, name, value)
        if new.first is not None:
            ticket.describe(new.first)
            if new.first.mail is not None and ticket.thread is None:
                ticket.thread = thread_begun(new.first.mail, self._mail)
            if new.by.kind == CUSTOMER:
                ticket.heard(new.first.occurred_at)
        return ticket

    def _ruled(self, ticket: Ticket, new: NewTicket) -> Verdict:
        """What the rules say; fields that somebody chose stay as they are."""
        rules = self._store.all(AssignmentRule)
        if not rules:
            return Verdict()
        verdict = decide(rules, facts_of(ticket, new, self._now), self._is_open)
        for name, value in verdict.set.items():
            if getattr(ticket, name) is None:
                setattr(ticket, name, value)
        ticket.tags = list(dict.fromkeys([*ticket.tags, *verdict.tags]))
        if verdict.applied:
            ticket.source_rule = ticket.source_rule or verdict.applied[0].name
        return verdict

    def _is_open(self, calendar_id: str, at: datetime) -> bool:
        return is_open(calendar_id, self._store, at)

    def _give(self, ticket: Ticket, new: NewTicket, verdict: Verdict) -> None:
        """The team and the responsible: whom somebody chose, whom a rule names, the creator, who is next."""
        ticket.group = ticket.group or self._in_use(Team, verdict.group)
        ticket.assignee = ticket.assignee or self._in_use(User, verdict.assignee)
        by_staff = new.by.kind == AGENT and new.by.id is not None
        if ticket.assignee is None and by_staff and self._store.setting(TicketOptions).assign_to_creator:
            ticket.assignee = new.by.id
        if ticket.assignee is None and ticket.group is not None:
            ticket.assignee = self._turns.next(ticket.group)

    def _in_use(self, kind: type[Team] | type[User], id_: str | None) -> str | None:
        """Whom a rule names; nobody once that user or team was switched off."""
        if id_ is None:
            return None
        return next((each.id for each in self._store.all(kind) if each.id == id_ and each.active), None)

    def _first_status(self, ticket: Ticket, new: NewTicket) -> Status:
        status = self._workflow.opening
        if new.by.kind == AGENT and self._store.setting(TicketOptions).staff_tickets_are_read:
            status, ticket.read_at = self._workflow.after_read(status.key), self._now
        if ticket.assignee is not None:
            status = self._workflow.after_assigned(status.key)
        return status

    def _follow(self, ticket: Ticket, new: NewTicket) -> Conversation | None:
        """Further messages of the conversation join the ticket, unless it is internal."""
        if new.conversation is not None and ticket.type == PUBLIC_TICKET:
            closed = CLOSED in self._workflow.status(ticket.status).roles
            new.conversation.ticket_moved(ticket.id, closed)
            self._changes.touch(new.conversation)
        return new.conversation

    def _say(self, ticket: Ticket, conversation: Conversation, new: NewTicket, verdict: Verdict) -> None:
        answer = Saying(verdict.reply_text or "", template=verdict.reply_template)
        if new.answer is not None:
            answer = Saying(new.answer(ticket))
        if (answer.text or answer.template) and may_say(answer, ticket, conversation, self._now):
            ticket.comment(self._send(answer, ticket, conversation, new.cause), self._now)
        question = self._store.setting(OpeningQuestion)
        if new.by.kind != CUSTOMER or not question.asked_on(conversation.channel_id):
            return
        buttons = [{"id": each.id, "title": each.title} for each in question.buttons]
        wanted = Saying(question.text, choices(buttons) if buttons else None, question.template)
        if may_say(wanted, ticket, conversation, self._now):
            message = self._send(wanted, ticket, conversation, new.cause)
            message.ticket_id = ticket.id
            ticket.question = asked(question, message.id, self._now)

    def _opening_mail(
        self,
        ticket: Ticket,
        conversation: Conversation | None,
        status: Status,
        new: NewTicket,
        verdict: Verdict,
    ) -> ReplyMail | None:
        """How the notifier may tell a mail's sender that it became a ticket; None where nothing goes there.

        Nothing does where somebody else says it: a rule's answer, or the notice of opening.
        """
        if conversation is None or not is_mailbox(conversation) or ticket.type != PUBLIC_TICKET:
            return None
        if new.silent or new.by.kind != CUSTOMER or not ticket.notify_requester:
            return None
        told = REQUESTER in self._store.setting(Notices).told(NOTICE_OF_OPENING, status.key)
        if told or new.answer or verdict.reply_text or verdict.reply_template:
            return None
        channel = conversation.channel_id
        return announce.reply_mail_of(mail_around(self._store, self._mail, ticket, channel, automatic=True))

    def _send(self, saying: Saying, ticket: Ticket, conversation: Conversation, cause: Cause) -> Message:
        return say(
            *(self._changes, self._store, saying, ticket, conversation),
            *(self._now, self._new_id, cause, self._mail),
        )

    def _enter(
        self, ticket: Ticket, conversation: Conversation | None, status_key: str | None, cause: Cause
    ) -> None:
        """Where a rule takes the ticket; a status that was removed since takes it nowhere."""
        to = self._workflow.find(status_key) if status_key is not None else None
        if to is not None:
            enter_status(
                *(self._changes, ticket, conversation, self._workflow, to, DESK),
                *(self._now, self._new_id, cause),
            )

    def _announce_assigned(
        self, ticket: Ticket, conversation: Conversation | None, status: Status, new: NewTicket
    ) -> None:
        kind, event_id = ticket_fact.ASSIGNED, f"{ticket.id}:opened:assigned"
        self._changes.events.append(
            announce.fact(kind, ticket, conversation, status, self._now, event_id, new.cause, actor=new.by)
        )

    def _note(self, ticket: Ticket, who: Actor, what: str, after: str) -> None:
        self._changes.history.append(
            HistoryEntry(self._new_id(), ticket.id, self._now, who, what, None, after)
        )


def facts_of(ticket: Ticket, new: NewTicket, now: datetime) -> NewTicketFacts:
    """What rules look at, of a ticket that is being made."""
    addresses = [each.value for each in new.requester.identities if each.kind == EMAIL]
    return NewTicketFacts(
        channel=ticket.channel_id,
        text=f"{ticket.title}\n{new.text}",
        at=new.first.occurred_at if new.first else now,
        created_by=new.by.kind,
        fields={name: getattr(ticket, name) for name in FIELDS},
        domains=tuple(each.rpartition("@")[2] for each in addresses),
        language=new.requester.language or None,
    )
