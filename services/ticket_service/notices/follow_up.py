"""What follows from a fact about a ticket by mail: one notice to each person the desk's settings name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.ticket_service.domain import notices as told
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.history import AGENT
from services.ticket_service.domain.identity import EMAIL
from services.ticket_service.domain.mail import MAIL, MessageMail
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.notices import Notices
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.mailing import mail_around
from services.ticket_service.notices.writing import Written, values_of, written
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts import mail_requested, ticket_fact
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress, is_address
from shared.contracts.mail_requested import MailRequested
from shared.contracts.ticket_fact import TicketFact

_TELL_THE_STATUS: Final = frozenset({ticket_fact.OPENED, ticket_fact.CLOSED, ticket_fact.REOPENED})
_TOLD: Final[Mapping[str, str]] = {f"ticket.{name}": name for name in told.EVENTS}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Somebody a notice goes to; `audience` as in NoticeText."""

    address: str
    name: str
    language: str
    audience: str


def notify(changes: Changes, store: DeskStore, now: datetime, mail: MailDesk) -> None:
    """Add `mail.requested` for each notice. With nothing switched on it is one look at a cached section."""
    facts = [
        event
        for event in changes.events
        if event.type in _TOLD and event.data.ticket_id not in changes.untold
    ]
    if not facts:
        return
    notices = store.setting(Notices)
    if notices.on:
        people = _People(changes, store, [event.data for event in facts])
        for event in _without_doubles(facts, notices):
            changes.events.extend(_mails(event, notices, people, store, mail, now))


def _without_doubles(facts: Sequence[Event], notices: Notices) -> Iterator[Event]:
    """All but changes of status that another fact of the same decision tells as well."""
    told_otherwise = {
        event.data.ticket_id
        for event in facts
        if event.type in _TELL_THE_STATUS and notices.told(_TOLD[event.type], event.data.status.key)
    }
    for event in facts:
        if event.type != ticket_fact.STATUS_CHANGED or event.data.ticket_id not in told_otherwise:
            yield event


class _People:
    """Tickets and contacts of some facts, as they are after the decision; users and teams as needed."""

    def __init__(self, changes: Changes, store: DeskStore, facts: Sequence[TicketFact]) -> None:
        self._store = store
        tickets = {fact.ticket_id for fact in facts} - set(changes.tickets)
        contacts = {fact.requester_id for fact in facts} - set(changes.contacts)
        self.tickets: dict[str, Ticket] = dict(changes.tickets)
        self.contacts: dict[str, Contact] = dict(changes.contacts)
        if tickets:
            self.tickets |= store.load_tickets(tickets)
        if contacts:
            self.contacts |= store.load_contacts(contacts)

    def users(self, ids: Sequence[str]) -> list[User]:
        """Those of these users who work here."""
        return [user for user in self._store.all(User) if user.id in ids and user.active]

    def team(self, team_id: str | None) -> Sequence[str]:
        """The ids of a team's members."""
        return next((team.members for team in self._store.all(Team) if team.id == team_id), ())


def _mails(
    event: Event, notices: Notices, people: _People, store: DeskStore, mail: MailDesk, now: datetime
) -> Iterator[Event]:
    """One mail for each address, whoever it belongs to; none back to the desk itself."""
    fact: TicketFact = event.data
    ticket = people.tickets.get(fact.ticket_id)
    if ticket is None:
        return
    name = _TOLD[event.type]
    requester = people.contacts.get(fact.requester_id)
    values = values_of(fact, requester, store)
    seen = {notices.sender_address.lower()}
    for reader in _readers(name, fact, ticket, requester, notices, people):
        if reader.address.lower() in seen or not is_address(reader.address) or mail.is_own(reader.address):
            continue
        seen.add(reader.address.lower())
        words = written(notices, name, reader.audience, reader.language, fact, values | {"name": reader.name})
        requested = _mail(event, reader, words, notices, now)
        if reader.audience == told.REQUESTER and fact.channel_kind == MAIL:
            requested = _in_thread(
                requested, mail_around(store, mail, ticket, fact.channel_id), fact.channel_id
            )
        yield _event(event, requested, now)


def _readers(
    name: str,
    fact: TicketFact,
    ticket: Ticket,
    requester: Contact | None,
    notices: Notices,
    people: _People,
) -> Iterator[_Reader]:
    """Who is told, each as often as the settings name them; never who did it."""
    wanted = notices.told(name, fact.status.key)
    doer = fact.actor.id if fact.actor is not None and fact.actor.kind == AGENT else None
    ids = {
        told.RESPONSIBLE: [ticket.assignee] if ticket.assignee else [],
        told.WATCHERS: ticket.watchers,
        told.TEAM: people.team(ticket.group),
        told.MENTIONED: fact.mentions,
    }
    if told.STAFF in wanted and notices.staff_address:
        yield _Reader(notices.staff_address, "", notices.language, told.AUDIENCES[0])
    for user in people.users([each for kind in wanted for each in ids.get(kind, ()) if each != doer]):
        yield _Reader(user.email, user.name, user.language or notices.language, told.AUDIENCES[0])
    if not _is_told_outside(name, fact, ticket, by_staff=doer is not None):
        return
    language = requester.language if requester is not None and requester.language else notices.language
    if told.REQUESTER in wanted and requester is not None:
        by_mail = [each.address for each in requester.identities if each.kind == EMAIL]
        elsewhere = ticket.answers_to() if fact.channel_kind == MAIL else ""
        for address in [elsewhere] if elsewhere else by_mail[:1]:
            yield _Reader(address, requester.name, language, told.REQUESTER)
    if told.CC in wanted:
        for address in ticket.cc:
            yield _Reader(address, "", language, told.REQUESTER)


def _is_told_outside(name: str, fact: TicketFact, ticket: Ticket, *, by_staff: bool) -> bool:
    """Whether customers hear of it: not of internal tickets, nor where they are not to be notified.

    On a mail channel the answer itself is a mail, and in a live chat it becomes one when nobody reads it; a
    ticket that staff makes from a mail is announced to nobody (S001).
    """
    if ticket.type != PUBLIC_TICKET or not fact.notify_requester:
        return False
    if name == told.AGENT_REPLIED:
        return fact.channel_kind not in (MAIL, CHAT)
    return not (fact.channel_kind == MAIL and name == told.OPENED and by_staff)


def _mail(event: Event, reader: _Reader, words: Written, notices: Notices, now: datetime) -> MailRequested:
    return MailRequested(
        mail_id=f"{event.id}:{reader.address.lower()}"[:600],
        to=[MailAddress(reader.address, _line(reader.name))],
        subject=words.subject,
        text=words.text,
        html=words.html,
        requested_at=now,
        sender=MailAddress(notices.sender_address, _line(notices.sender_name))
        if notices.sender_address
        else None,
        ticket_number=event.data.ticket_number,
        automatic=True,
        headers={"X-Sportello-Event": event.type},
    )


def _in_thread(mail: MailRequested, around: MessageMail, channel_id: str) -> MailRequested:
    """The same mail from the ticket's mailbox, among the mails that are on the ticket already."""
    return replace(
        mail, channel_id=channel_id, token=around.token, references=list(around.references), sender=None
    )


def _event(event: Event, data: MailRequested, now: datetime) -> Event:
    return Event(
        id=f"{data.mail_id}:mail",
        source=event.source,
        type=mail_requested.TYPE,
        time=now,
        subject=data.ticket_number,
        data=data,
        traceparent=event.traceparent,
        causationid=event.id,
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
