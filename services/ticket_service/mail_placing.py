"""Where a mail goes: to the ticket of its thread, into a new one, into triage, or aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.history import DESK, HistoryEntry
from services.ticket_service.domain.mail import (
    BULK,
    NOTICE,
    OWN,
    MailThread,
    MessageMail,
    without_tags,
)
from services.ticket_service.domain.mail_rule import HOLD, IGNORE, JOIN, OPEN, MailRule
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.triage import (
    BLOCKED,
    BY_RULE,
    FLOOD,
    HELD,
    IGNORED,
    NO_TICKETS,
    SENDER_BLOCKED,
)
from services.ticket_service.mail_arrivals import Arrived, MailSituation, triage_mail
from services.ticket_service.mail_echo import echo, proves
from services.ticket_service.mail_rules import answer_of, deciding_rule, fields_of
from services.ticket_service.mail_threads import Found
from services.ticket_service.mailing import copied, outside, thread_begun
from services.ticket_service.meeting import Meeting
from services.ticket_service.opening import RULE
from services.ticket_service.placing import Placing
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts.message_received import MessageReceived
from shared.contracts.received_mail import ReceivedMail

_TO_LOOK_AT: Final = frozenset({BULK, NOTICE})
"""Automatic mails that may be for people: they wait in triage. The others nobody needs to look at."""


class MailPlacing:
    """Puts mails on tickets or into triage; everything follows in `changes`, dated `now`."""

    def __init__(
        self,
        changes: Changes,
        store: DeskStore,
        placing: Placing,
        situation: MailSituation,
        opens_tickets: Callable[[str], bool],
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self._changes = changes
        self._store = store
        self._placing = placing
        self._situation = situation
        self._opens_tickets = opens_tickets
        self._now = now
        self._new_id = new_id

    def take(self, arrived: Arrived, *, blocked: bool) -> None:
        """Decide on one mail: the desk's own and blocked senders' first, then rules, its thread, its kind."""
        if blocked:
            return self._aside(arrived, BLOCKED, SENDER_BLOCKED)
        if self._is_own(arrived.mail):
            return self._aside(arrived, IGNORED, OWN)
        rule = deciding_rule(arrived.data, arrived.mail, self._store)
        if rule is not None and rule.then.do in (HOLD, IGNORE):
            state = HELD if rule.then.do == HOLD else IGNORED
            return self._aside(arrived, state, rule.then.reason or BY_RULE, rule)
        if self._joined(arrived) or (rule is not None and self._joined_by_rule(arrived, rule)):
            return None
        reason = self._why_not(arrived, rule)
        if reason:
            held = reason in (NO_TICKETS, FLOOD) or reason in _TO_LOOK_AT
            return self._aside(arrived, HELD if held else IGNORED, reason, rule)
        return self._open(arrived, rule)

    def meet(self, data: MessageReceived, meeting: Meeting) -> None:
        """Recognise a visitor by an address that was only claimed, where this mail proves that it is theirs.

        Of somebody else who has it already it stays: people decide whether they are one. Unavailable.
        """
        proven = proves(data, self._situation.threads)
        if proven is None or proven[1].key in meeting.owners:
            return
        contact, identity = proven
        contact.prove(identity, self._now)
        self._changes.touch(contact)
        talks, _ = self._store.load_person(contact.id, 0)
        meeting.recognise(contact, identity, talks)

    def wanted(self, mails: Sequence[tuple[MessageReceived, ReceivedMail]]) -> int:
        """How many tickets these will open, as far as that can be told beforehand; never more than it says.

        What a rule joins opens one only where its sender has none, which is seldom.
        """
        here, opened = {mail.message_id for _, mail in mails}, Counter[str]()
        for data, mail in mails:
            if self._is_own(mail) or self._situation.threads.of(mail) or not here.isdisjoint(mail.answers):
                continue
            rule = deciding_rule(data, mail, self._store)
            if rule.then.do == OPEN if rule else not mail.automatic and self._opens_tickets(data.channel_id):
                opened[data.contact_key] += 1
        return sum(min(count, self._situation.settings.most_per_sender) for count in opened.values())

    def _is_own(self, mail: ReceivedMail) -> bool:
        return mail.automatic == OWN or self._situation.threads.desk.is_own(mail.sender.address)

    def _why_not(self, arrived: Arrived, rule: MailRule | None) -> str:
        """Why the mail opens no ticket; empty when it does."""
        if rule is None and arrived.mail.automatic:
            return arrived.mail.automatic
        if rule is None and not self._opens_tickets(arrived.data.channel_id):
            return NO_TICKETS
        most = self._situation.settings.most_per_sender
        return FLOOD if self._situation.opened[arrived.contact.id] >= most else ""

    def _joined(self, arrived: Arrived) -> bool:
        """Put the mail on the ticket it names, if there is one and its sender may."""
        situation, mail = self._situation, arrived.mail
        found = situation.threads.of(mail)
        if found is None or not situation.threads.may_join(found, mail, situation.settings):
            return False
        return self._join(arrived, found)

    def _joined_by_rule(self, arrived: Arrived, rule: MailRule) -> bool:
        """Put the mail on its sender's newest open ticket, where a rule wants that."""
        newest = self._situation.newest.get(arrived.contact.id) if rule.then.do == JOIN else None
        if newest is None or not self._join(arrived, Found(newest, proof=True)):
            return False
        self._decided(arrived.message, rule)
        self._note(newest, rule)
        return True

    def _join(self, arrived: Arrived, found: Found) -> bool:
        situation, ticket, message = self._situation, found.ticket, arrived.message
        conversation = situation.threads.conversation(ticket)
        takes_part = situation.threads.takes_part(ticket, arrived.mail.sender.address)
        if arrived.mail.automatic:
            # Shown, and nothing else: what a machine writes reopens nothing and is no answer.
            ticket.comment(message, self._now)
            self._changes.touch(ticket)
        elif self._placing.goes_on(ticket, arrived.data.occurred_at):
            self._placing.heard(ticket, conversation, message, arrived.cause)
        else:
            return False
        echo(self._changes, arrived, ticket, conversation, situation.threads)
        takes_part = takes_part and not arrived.mail.automatic
        self._remember(ticket, arrived, takes_part=takes_part)
        situation.threads.learn(arrived.mail.message_id, ticket, None, conversation)
        return True

    def _remember(self, ticket: Ticket, arrived: Arrived, *, takes_part: bool) -> None:
        """Keep the mail's place in the thread; with those it went to where its sender takes part."""
        message = arrived.message
        if message.mail is None:
            return
        people = self._outside(message.mail) if takes_part else []
        ticket.thread = (ticket.thread or MailThread()).joined(message.mail, people)
        if takes_part:
            requester = self._situation.threads.requesters.get(ticket.requester_id, arrived.contact)
            ticket.cc = self._copied(ticket.cc, message.mail, requester)

    def _open(self, arrived: Arrived, rule: MailRule | None) -> None:
        message, threads = arrived.message, self._situation.threads
        mail = self._decided(message, rule)
        fields = fields_of(rule, self._store) if rule is not None else {}
        subject = without_tags(mail.subject, threads.numbers)
        fields["thread"] = thread_begun(mail, threads.desk, subject, taking_part=not mail.automatic)
        if mail.automatic:
            fields["notify_requester"] = False
        else:
            fields["cc"] = self._copied([], mail, arrived.contact)
        if rule is not None:
            fields["source_rule"] = rule.name
        ticket = self._placing.open_mail(
            arrived.conversation,
            arrived.contact,
            message,
            arrived.cause,
            subject,
            fields,
            silent=rule is not None and rule.then.silent,
            answer=None
            if mail.automatic or rule is None
            else answer_of(rule, arrived.contact, self._store, self._now),
        )
        if rule is not None:
            self._note(ticket, rule)
        self._situation.opened[arrived.contact.id] += 1
        self._situation.newest[arrived.contact.id] = ticket
        threads.learn(arrived.mail.message_id, ticket, arrived.contact, arrived.conversation)

    def _outside(self, mail: MessageMail) -> list[str]:
        return outside(mail.addresses(), self._situation.threads.desk)

    def _copied(self, known: list[str], mail: MessageMail, requester: Contact) -> list[str]:
        return copied(known, mail, requester, self._situation.settings, self._situation.threads.desk)

    def _decided(self, message: Message, rule: MailRule | None) -> MessageMail:
        """The message's mail, which knows the rule that decided on it from now on."""
        mail = replace(message.mail or MessageMail(), rule=rule.name if rule is not None else "")
        message.mail = mail
        return mail

    def _note(self, ticket: Ticket, rule: MailRule) -> None:
        self._changes.history.append(
            HistoryEntry(self._new_id(), ticket.id, self._now, DESK, RULE, None, rule.name)
        )

    def _aside(self, arrived: Arrived, state: str, reason: str, rule: MailRule | None = None) -> None:
        """Keep the mail in its conversation, on no ticket, and show it in triage with the reason."""
        self._decided(arrived.message, rule)
        self._changes.touch(triage_mail(arrived, state, reason, rule.name if rule is not None else ""))
