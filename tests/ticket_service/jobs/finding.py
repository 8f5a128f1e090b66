"""Finds tickets by the clock in the memory store, as store/timed.py does in the database."""

from __future__ import annotations

from datetime import datetime

from services.ticket_service.domain.ticket import Ticket
from tests.support.memory_desk_store import MemoryDeskStore


class MemoryTimedTickets:
    """The tickets of one memory store."""

    def __init__(self, store: MemoryDeskStore) -> None:
        self._store = store

    def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of tickets to look at by now."""
        looks = [(each.sla.next_check_at, each.id) for each in self._tickets() if each.sla]
        return [key for look, key in sorted((a, b) for a, b in looks if a and a <= now)][:limit]

    def open_after(self, ticket_id: str, limit: int) -> tuple[list[str], str | None]:
        """Ids of open tickets after this one."""
        following = [each for each in self._tickets() if each.id > ticket_id][:limit]
        open_ones = [each.id for each in following if each.closed_at is None and each.deleted_at is None]
        return open_ones, following[-1].id if following else None

    def entered_before(self, status: str, before: datetime, limit: int) -> list[str]:
        """Numbers of tickets that are in this status for so long."""
        return [
            each.number
            for each in self._tickets()
            if each.status == status and each.status_since and each.status_since <= before
        ][:limit]

    def _tickets(self) -> list[Ticket]:
        found = self._store.load_tickets(list(self._store.collections["tickets"]))
        return sorted(found.values(), key=lambda each: each.id)
