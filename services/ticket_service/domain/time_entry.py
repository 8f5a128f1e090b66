"""Time that somebody worked on a ticket, and what it adds up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.ticket_service.domain.history import Actor

MOST_MINUTES: Final = 24 * 60
"""Of one entry: what took longer is entered day by day."""
MOST_ENTRIES: Final = 2_000
"""On one ticket: they are added up each time one of them changes."""


@dataclass(slots=True)
class TimeEntry:
    """`user` worked that many minutes on that day (of the desk's zone), perhaps in an intervention."""

    id: str
    ticket_id: str
    user: str
    minutes: int
    worked_on: date
    created_at: datetime
    updated_at: datetime
    created_by: Actor
    note: str = ""
    intervention: str | None = None
    version: int = 0


def worked(entries: Iterable[TimeEntry], hours_per_day: float) -> tuple[float, float]:
    """The hours and the days that the entries add up to."""
    minutes = sum(each.minutes for each in entries)
    hours = minutes / 60
    return round(hours, 4), round(hours / hours_per_day, 4)
