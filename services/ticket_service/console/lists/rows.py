"""A ticket as a list shows it: in one look who, what, how it stands and what is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.api import context
from services.ticket_service.console.formats import identity
from services.ticket_service.console.lists.asked import Asked
from services.ticket_service.console.lists.choices import Labels
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.sla import BREACHED, WARNED, Sla
from services.ticket_service.domain.status import CLOSED, Status
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.title import chat_title
from services.ticket_service.store.search import PAUSED
from services.ticket_service.store.ticket_filter import FIELDS, NOBODY, TicketFilter

LONGEST_WORDS: Final = 160
LATE: Final = "late"
SOON: Final = "soon"
IN_TIME: Final = "in-time"


@dataclass(frozen=True, slots=True)
class Due:
    """The next promise: `state` is LATE, SOON, IN_TIME or PAUSED, `at` when it is due."""

    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket. `words` are what tells it apart from others: its title, or the first words of a chat."""

    ticket: Ticket
    requester: Contact | None
    status: Status
    href: str
    who: str
    words: str
    channel: str
    assignee: str
    age: datetime | None
    due: Due | None
    unread: bool
    waiting: bool
    gone: bool


def rows_of(asked: Asked, labels: Labels, tickets: Sequence[Ticket]) -> list[Row]:
    """The tickets as rows, in their order."""
    services = context.services()
    requesters = services.queries.contacts_by_id([ticket.requester_id for ticket in tickets])
    now = services.desk.clock()
    return [_row(asked, labels, ticket, requesters.get(ticket.requester_id), now) for ticket in tickets]


def _row(asked: Asked, labels: Labels, ticket: Ticket, requester: Contact | None, now: datetime) -> Row:
    status = labels.workflow.status(ticket.status)
    return Row(
        ticket=ticket,
        requester=requester,
        status=status,
        href=asked.ticket(ticket.number),
        who=who(requester),
        words=first_words(ticket, requester, labels),
        channel=labels.channel(ticket.channel_id),
        assignee=labels.user(ticket.assignee),
        age=_age(asked.sort, ticket),
        due=None if CLOSED in status.roles else due(ticket.sla, now),
        unread=ticket.read_at is None,
        waiting=ticket.unanswered_since is not None,
        gone=gone(asked.wanted, ticket),
    )


_SIMPLE: Final = {name: path for name, path in FIELDS.items() if path in Ticket.__slots__}


def gone(wanted: TicketFilter, ticket: Ticket) -> bool:
    """Whether a ticket that was in the list is no longer, as far as one value of each field can tell."""
    for name, values in wanted.any_of.items():
        value = getattr(ticket, _SIMPLE[name]) if name in _SIMPLE else None
        if name in _SIMPLE and not isinstance(value, list) and (value or NOBODY) not in values:
            return True
    flags = (
        (wanted.unread, ticket.read_at is None),
        (wanted.unanswered, ticket.unanswered_since is not None),
    )
    return any(asked_for is not None and asked_for is not is_so for asked_for, is_so in flags)


def who(requester: Contact | None) -> str:
    """The requester's name, else what they are recognised by."""
    if requester is None:
        return ""
    if requester.name or not requester.identities:
        return requester.name
    known = requester.identities[0]
    return identity({"kind": known.kind, "value": known.value}) if known.kind == CHAT else known.value


def first_words(ticket: Ticket, requester: Contact | None, labels: Labels) -> str:
    """The title; of a chat that nobody has named yet what the customer wrote first."""
    lines = ticket.description
    if not lines or lines[0].message_id is None:
        return ticket.title
    first, desk = lines[0], labels.desk
    known = requester.identities if requester else []
    made = {
        chat_title(desk.title_pattern, first.at, desk.time_zone, requester.alias(each.value), requester.name)
        for each in known
        if requester
    }
    return " ".join(first.text[:LONGEST_WORDS].split()) if ticket.title in made else ticket.title


def due(sla: Sla | None, now: datetime) -> Due | None:
    """The next promise that is not kept yet, if any; late is late also before the desk noticed."""
    if sla is None:
        return None
    pending = [target for target in sla.targets if target.met_at is None]
    if not pending:
        return None
    at = min((target.due_at for target in pending if target.due_at), default=None)
    states = {target.state for target in pending}
    if BREACHED in states or (at is not None and at <= now):
        return Due(LATE, at)
    if sla.paused or at is None:
        return Due(PAUSED, None)
    return Due(SOON if WARNED in states else IN_TIME, at)


def _age(sort: str, ticket: Ticket) -> datetime | None:
    """The time by which the list is sorted, so that its order can be seen."""
    by = sort.removeprefix("-")
    return ticket.updated_at if by == "updated" else ticket.created_at
