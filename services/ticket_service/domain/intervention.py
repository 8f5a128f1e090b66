"""Work that is planned for a ticket: who goes, when, for how long, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.ticket import Ticket

PLANNED: Final = "planned"
IN_PROGRESS: Final = "in_progress"
DONE: Final = "done"
CANCELLED: Final = "cancelled"
STATUSES: Final = (PLANNED, IN_PROGRESS, DONE, CANCELLED)
NEXT: Final[Mapping[str, frozenset[str]]] = {
    PLANNED: frozenset({IN_PROGRESS, DONE, CANCELLED}),
    IN_PROGRESS: frozenset({PLANNED, DONE, CANCELLED}),
    DONE: frozenset({IN_PROGRESS}),
    CANCELLED: frozenset({PLANNED}),
}
"""Where each status may lead: what is done or cancelled is taken up again before it becomes anything else."""


class WrongStep(Exception):
    """An intervention cannot go from `now` to what was wanted; `allowed` are those it can enter."""

    def __init__(self, now: str) -> None:
        super().__init__(now)
        self.now = now
        self.allowed = sorted(NEXT[now])


@dataclass(slots=True)
class Intervention:
    """`technician` is a user's id, `minutes` how long it is meant to take; `report` what was done.

    Whose it is follows from its ticket: the requester, the organization, the contract.
    """

    id: str
    ticket_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    created_by: Actor
    description: str = ""
    technician: str | None = None
    planned_at: datetime | None = None
    minutes: int | None = None
    status: str = PLANNED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    report: str = ""
    version: int = 0

    def enter(self, status: str, at: datetime) -> None:
        """Move to another status and keep when it was begun and ended. WrongStep."""
        if status == self.status:
            return
        if status not in NEXT[self.status]:
            raise WrongStep(self.status)
        self.status = status
        if status == PLANNED:
            self.started_at = None
        elif status in (IN_PROGRESS, DONE):
            self.started_at = self.started_at or at
        self.ended_at = at if status in (DONE, CANCELLED) else None


def of_ticket(
    ticket: Ticket, intervention_id: str, description: str, who: Actor, at: datetime
) -> Intervention:
    """A new one with what the ticket says (S002: it takes over the ticket's elements)."""
    return Intervention(
        id=intervention_id,
        ticket_id=ticket.id,
        title=ticket.title,
        description=description,
        technician=ticket.assignee,
        planned_at=ticket.planned_at,
        created_at=at,
        updated_at=at,
        created_by=who,
    )
