"""Keeps the service levels of tickets: whatever changes a ticket, its promises follow in the same save."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Final

from services.ticket_service import announce
from services.ticket_service.announce import Cause
from services.ticket_service.domain.calendar import (
    ALWAYS,
    Calendar,
    ClosedDay,
    OpenHours,
    WorkingTime,
    working_time,
)
from services.ticket_service.domain.history import DESK, HistoryEntry
from services.ticket_service.domain.promises import News, forget, renew
from services.ticket_service.domain.sla import BREACHED, PENDING
from services.ticket_service.domain.sla_policy import SlaPolicy, policy_for
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.sla.public_holidays import public_holidays
from shared.contracts.envelope import new_traceparent
from shared.contracts.ticket_fact import SLA_BREACHED, SLA_WARNING, SlaRef

FORECAST: Final = "solution_forecast"


def keep_promises(changes: Changes, store: DeskStore, now: datetime, new_id: Callable[[], str]) -> None:
    """Renew the service level of each ticket that is saved; a desk without policies pays nothing."""
    if not changes.tickets:
        return
    policies = store.all(SlaPolicy)
    for ticket in changes.tickets.values():
        if policies or ticket.sla is not None:
            forecast = ticket.solution_forecast
            news = bring_up_to_date(ticket, policies, store, now)
            if ticket.solution_forecast != forecast:
                changes.history.append(
                    HistoryEntry(new_id(), ticket.id, now, DESK, FORECAST, forecast, ticket.solution_forecast)
                )
            for each in news:
                _tell(changes, ticket, each, store, now, new_id)


def bring_up_to_date(
    ticket: Ticket, policies: Sequence[SlaPolicy], store: DeskStore, now: datetime
) -> list[News]:
    """The ticket's service level as it stands at `now`; what is to be told of it. Unavailable."""
    policy = policy_for(ticket, policies)
    if policy is None:
        forget(ticket)
        return []
    return renew(ticket, policy, _working(policy.calendar, store), now)


def is_open(calendar_id: str | None, store: DeskStore, at: datetime) -> bool:
    """Whether the desk is open at that moment by this calendar; always where there is none. Unavailable."""
    return _working(calendar_id, store).is_open(at)


def next_opening(calendar_id: str | None, store: DeskStore, at: datetime) -> datetime | None:
    """When the desk is open next by this calendar: now where it is, None where it never will. Unavailable."""
    opens, _ = next(_working(calendar_id, store).spans(at), (None, None))
    return opens


def ready(calendar: Calendar) -> WorkingTime:
    """The calendar ready for sums, with its public holidays; made once for all with the same hours."""
    return _ready(
        calendar.time_zone,
        tuple(calendar.hours),
        calendar.country,
        calendar.subdivision,
        tuple(calendar.closed_days),
        tuple(calendar.open_days),
    )


def _working(calendar_id: str | None, store: DeskStore) -> WorkingTime:
    """A calendar that is gone counts as none: time goes on around the clock."""
    if calendar_id is None:
        return ALWAYS
    found = next((each for each in store.all(Calendar) if each.id == calendar_id), None)
    return ALWAYS if found is None else ready(found)


@lru_cache(maxsize=128)
def _ready(
    time_zone: str,
    hours: tuple[OpenHours, ...],
    country: str | None,
    subdivision: str | None,
    closed_days: tuple[ClosedDay, ...],
    open_days: tuple[date, ...],
) -> WorkingTime:
    return working_time(
        time_zone, hours, closed_days, open_days, partial(public_holidays, country, subdivision)
    )


def _tell(
    changes: Changes,
    ticket: Ticket,
    news: News,
    store: DeskStore,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """The fact for others and the ticket's history, saved with the stamp that keeps it single."""
    conversation = changes.conversations.get(ticket.conversation_id or "")
    if conversation is None and ticket.conversation_id is not None:
        _, loaded = store.load_deliveries((), (), [ticket.conversation_id], ())
        conversation = loaded.conversations.get(ticket.conversation_id)
    changes.events.append(
        announce.fact(
            SLA_BREACHED if news.state == BREACHED else SLA_WARNING,
            ticket,
            conversation,
            store.workflow().status(ticket.status),
            now,
            f"{ticket.id}:sla:{news.target}:{news.state}:{news.due_at:%Y%m%dT%H%M%S}",
            Cause(changes.events[-1].traceparent if changes.events else new_traceparent()),
            actor=DESK,
            sla=SlaRef(news.target, news.due_at),
        )
    )
    changes.history.append(
        HistoryEntry(new_id(), ticket.id, now, DESK, f"sla_{news.target}", PENDING, news.state)
    )
