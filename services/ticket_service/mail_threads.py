"""Which ticket a mail belongs to: by token, by what it answers, by its subject's tag; and who may join."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.identity import EMAIL
from services.ticket_service.domain.mail import BOUNCE, RECEIPT, address_key, tags_of
from services.ticket_service.domain.mail_settings import ALWAYS, NEVER, MailSettings
from services.ticket_service.domain.mail_token import MailDesk, marked
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.ports import DeskStore, WorkingSet
from services.ticket_service.survivors import by_number
from shared.contracts.received_mail import ReceivedMail

_REPORTS: Final = frozenset({BOUNCE, RECEIPT})
"""What mail servers write about a mail of ours: nobody takes part under their addresses."""


@dataclass(frozen=True, slots=True)
class Found:
    """The ticket a mail names; `proof` where only somebody who was written to could name it so."""

    ticket: Ticket
    proof: bool


@dataclass(slots=True)
class Threads:
    """The tickets that a batch's mails name, with their requesters and conversations."""

    desk: MailDesk
    users: Sequence[User] = ()
    tokens: dict[str, Ticket] = field(default_factory=dict)
    answered: dict[str, list[Ticket]] = field(default_factory=dict)
    numbers: dict[str, Ticket] = field(default_factory=dict)
    requesters: dict[str, Contact] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)

    def of(self, mail: ReceivedMail) -> Found | None:
        """The ticket of a mail: a token before what it answers, the nearest first, before its subject."""
        if (ticket := self.by_token(mail)) is not None:
            return Found(ticket, proof=True)
        for message_id in mail.answers:
            if tickets := self.answered.get(message_id):
                # Whoever gives a mail another one's id must not get what answers that one.
                mine = [each for each in tickets if self.takes_part(each, mail.sender.address)]
                return Found((mine or tickets)[0], proof=True)
        for tag in tags_of(mail.subject):
            if (ticket := self.numbers.get(tag.upper())) is not None:
                return Found(ticket, proof=False)
        return None

    def by_token(self, mail: ReceivedMail) -> Ticket | None:
        """The ticket whose token the mail has: only who was written to about it knows that."""
        found = (self.tokens.get(token.lower()) for token in mail.tokens)
        return next((each for each in found if each is not None), None)

    def learn(
        self, message_id: str, ticket: Ticket, requester: Contact | None, conversation: Conversation | None
    ) -> None:
        """A mail of this batch is on a ticket now; what answers it belongs there."""
        self.answered.setdefault(message_id, []).append(ticket)
        if requester is not None:
            self.requesters.setdefault(requester.id, requester)
        if conversation is not None:
            self.conversations.setdefault(conversation.id, conversation)

    def conversation(self, ticket: Ticket) -> Conversation | None:
        """The conversation a ticket belongs to."""
        return self.conversations.get(ticket.conversation_id or "")

    def takes_part(self, ticket: Ticket, address: str) -> bool:
        """Whether an address is one of a participant: requester, copy, sender or recipient, or an agent's."""
        key = address_key(address)
        known = {address_key(each) for each in ticket.cc}
        known.update(ticket.thread.people if ticket.thread is not None else ())
        requester = self.requesters.get(ticket.requester_id)
        if requester is not None:
            known.update(address_key(each.value) for each in requester.identities if each.kind == EMAIL)
        return key in known or any(user.active and user.email == key for user in self.users)

    def may_join(self, found: Found, mail: ReceivedMail, settings: MailSettings) -> bool:
        """Whether this mail may be put on the ticket it names (settings.strangers)."""
        if self.takes_part(found.ticket, mail.sender.address) or settings.strangers == ALWAYS:
            return True
        if not found.proof:
            return False
        return settings.strangers != NEVER or mail.automatic in _REPORTS


def load_threads(
    mails: Sequence[ReceivedMail], working: WorkingSet, store: DeskStore, desk: MailDesk
) -> Threads:
    """What these mails name. Tickets and conversations that `working` has already are taken from there.

    Merged tickets are replaced by what has everything now; deleted and internal ones are named by nobody.
    One query per kind of name. Unavailable.
    """
    tokens = {each.lower() for mail in mails for each in mail.tokens}
    marks = {mark for each in tokens if (mark := marked(each)) is not None} if desk.keys else set()
    tags = [tag for mail in mails for tag in tags_of(mail.subject)]
    numbers = {each for tag in tags for each in (tag, tag.upper(), tag.lower())}
    answers = {each for mail in mails for each in mail.answers}
    said = store.load_targets(answers) if answers else []
    said = [each for each in said if each.ticket_id is not None]
    tickets = {each.id: each for each in store.tickets_named(numbers, marks)}
    missing = {each.ticket_id for each in said if each.ticket_id is not None} - set(tickets)
    if missing:
        tickets |= store.load_tickets(missing)
    now = _as_they_are(tickets, working, store)
    threads = Threads(desk, store.all(User))
    for ticket in tickets.values():
        if (current := now.get(ticket.number)) is not None:
            threads.numbers[ticket.number.upper()] = current
            for token in tokens:
                if desk.is_token_of(token, ticket.id, ticket.number):
                    threads.tokens[token] = current
    for message in sorted(said, key=lambda each: (each.created_at, each.id)):
        named = tickets.get(message.ticket_id or "")
        if named is not None and named.number in now:
            for message_id in message.provider_message_ids:
                threads.answered.setdefault(message_id, []).append(now[named.number])
    load_people(threads, now.values(), working, store)
    return threads


def _as_they_are(tickets: dict[str, Ticket], working: WorkingSet, store: DeskStore) -> dict[str, Ticket]:
    """By number, what has everything of each now; each ticket there is one object, that of `working`."""
    current = by_number([*tickets.values(), *working.tickets.values()], store)
    wanted = {ticket.number for ticket in tickets.values()}
    found = {number: ticket for number, ticket in current.items() if number in wanted}
    for ticket in found.values():
        working.tickets.setdefault(ticket.id, ticket)
    return {
        number: ticket
        for number, ticket in found.items()
        if ticket.deleted_at is None and ticket.merged_into is None and ticket.type == PUBLIC_TICKET
    }


def load_people(threads: Threads, tickets: Iterable[Ticket], working: WorkingSet, store: DeskStore) -> None:
    """The requesters and conversations of these tickets; of a merged conversation what has everything now."""
    everyone = list(tickets)
    requesters = {each.requester_id for each in everyone}
    threads.requesters = {id_: each for id_, each in working.contacts.items() if id_ in requesters}
    if unknown := requesters - set(threads.requesters):
        threads.requesters |= store.load_contacts(unknown)
    wanted = {each.conversation_id for each in everyone if each.conversation_id is not None}
    known = dict(working.conversations)
    if missing := wanted - set(known):
        known |= store.load_conversations(missing)
        merged = {each.merged_into for each in known.values() if each.merged_into is not None}
        known |= store.load_conversations(merged - set(known)) if merged - set(known) else {}
    for id_ in wanted:
        found = known.get(id_)
        if found is not None and found.merged_into is not None:
            found = known.get(found.merged_into)
        if found is not None:
            threads.conversations[id_] = found
