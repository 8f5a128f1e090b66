"""A ticket, and what happens to it on one Monday, for tests of what is promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.ticket_service.domain.calendar import OpenHours, WorkingTime, working_time
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor
from services.ticket_service.domain.message import IN, OUT, PUBLIC, Message
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule
from services.ticket_service.domain.status import CLOSED, CUSTOMER_REPLIED, OPENING, WAITING_CUSTOMER, Status
from services.ticket_service.domain.ticket import Ticket

ANNA, BRUNO = Actor(CUSTOMER, "c1", "Anna"), Actor(AGENT, "u1", "Bruno")
STATUSES = {
    key: Status(key, key, "", "#000000", 0, frozenset({role}))
    for key, role in [
        ("open", OPENING),
        ("waiting", WAITING_CUSTOMER),
        ("responded", CUSTOMER_REPLIED),
        ("closed", CLOSED),
    ]
}


def at(text: str) -> datetime:
    """A time of Monday, 23 November 2026, in UTC; `T+1 09:00` is the next day."""
    days, _, clock = text.rpartition(" ")
    day = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=int(days[2:] or 0) if days else 0)
    return day + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))


def opened(clock: str = "09:00", received: str | None = None) -> Ticket:
    now = at(received or clock)
    ticket = Ticket("t1", "TT1", 1, "title", "open", "main", "chat", "c1", "v1", now, now, ANNA)
    ticket.status_since = now
    ticket.describe(said(clock, IN, ANNA))
    ticket.heard(at(clock))
    return ticket


def said(clock: str, direction: str, author: Actor) -> Message:
    return Message(f"m {clock}", direction, PUBLIC, author, "text", "text", at(clock), at(clock))


def customer_writes(ticket: Ticket, clock: str) -> None:
    ticket.comment(said(clock, IN, ANNA), at(clock))
    ticket.heard(at(clock))
    ticket.set_status(STATUSES["responded"], at(clock))


def agent_replies(ticket: Ticket, clock: str) -> None:
    ticket.comment(said(clock, OUT, BRUNO), at(clock))
    ticket.set_status(STATUSES["waiting"], at(clock))


def moves(ticket: Ticket, clock: str, status: str) -> None:
    ticket.set_status(STATUSES[status], at(clock))


def office() -> WorkingTime:
    hours = [OpenHours(day, begin, end) for day in range(5) for begin, end in ((540, 780), (840, 1080))]
    return working_time("UTC", hours, (), (), lambda year: frozenset())


def promise(name: str, minutes: int = 60, **warn: int) -> SlaPolicy:
    return SlaPolicy("p1", "Standard", at("00:00"), targets=[TargetRule(name, minutes, **warn)])


def next_look(ticket: Ticket) -> datetime | None:
    assert ticket.sla
    return ticket.sla.next_check_at
