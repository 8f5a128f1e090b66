"""Looks at tickets whose promises are nearly or really late, and at all open ones when a policy changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from services.ticket_service.acting import Desk
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.recalculation import Recalculation
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import SECTION, Changes, Conflict

_log = structlog.get_logger(__name__)

BATCH: Final = 50
MOST_BATCHES: Final = 200
"""Of one run; what is left waits for the next, so that other jobs get their turn."""
SETTLED_AFTER: Final = timedelta(seconds=6)
"""Every process has read a changed policy by then (they keep settings for five seconds)."""


class TicketsByTime(Protocol):
    """Where the jobs find tickets. Every method raises Unavailable."""

    def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of tickets that somebody has to look at by now, the longest due first."""
        ...

    def open_after(self, ticket_id: str, limit: int) -> tuple[list[str], str | None]:
        """Ids of open tickets among the next ones by id, and the last id looked at; None at the end."""
        ...


def watch_promises(desk: Desk, tickets: TicketsByTime, now: datetime) -> int:
    """Warn of promises that are nearly late and note broken ones; how many tickets that were."""
    seen: set[str] = set()
    for _ in range(MOST_BATCHES):
        ids = tickets.due(now, BATCH)
        look_at(desk, ids)
        before = len(seen)
        seen.update(ids)
        if len(ids) < BATCH or len(seen) == before:
            break
    return len(seen)


def recalculate(desk: Desk, tickets: TicketsByTime, now: datetime) -> int:
    """Go on bringing all open tickets up to date with changed policies and calendars; how many that were."""
    seen = 0
    for _ in range(MOST_BATCHES):
        work = desk.store.record(Recalculation, SECTION)
        if work is None or not work.under_way or (work.asked_at and now < work.asked_at + SETTLED_AFTER):
            break
        ids, last = tickets.open_after(work.begin(), BATCH)
        look_at(desk, ids)
        work.passed(last)
        changes = Changes()
        changes.touch(work)
        try:
            desk.save(changes)
        except Conflict:
            _log.info("something changed while tickets were recalculated, they are looked at again")
        seen += len(ids)
    return seen


def look_at(desk: Desk, ids: Sequence[str]) -> None:
    """Save these tickets as they are: their service levels follow (sla/keeping.py). Unavailable.

    One that cannot be saved does not keep the others from it.
    """
    if not ids:
        return
    try:
        decide_again_on_conflict(_saving(desk, ids))
    except Conflict:
        for each in ids:
            try:
                decide_again_on_conflict(_saving(desk, [each]))
            except Conflict:
                _log.warning("ticket is changed all the time, it is looked at later", ticket_id=each)


def _saving(desk: Desk, ids: Sequence[str]) -> Callable[[], None]:
    def attempt() -> None:
        found: list[Ticket] = list(desk.store.load_tickets(ids).values())
        changes = Changes()
        changes.touch(*found)
        if found:
            desk.save(changes)

    return attempt
