"""What a ticket's service level promises and how it stands: embedded in the ticket, renewed at each save."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

FIRST_RESPONSE: Final = "first_response"
NEXT_RESPONSE: Final = "next_response"
RESOLUTION: Final = "resolution"
IDLE: Final = "idle"
TARGETS: Final = (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, IDLE)

PENDING: Final = "pending"
MET: Final = "met"
WARNED: Final = "warned"
BREACHED: Final = "breached"
TARGET_STATES: Final = (PENDING, MET, WARNED, BREACHED)


@dataclass(slots=True)
class SlaTarget:
    """One promise: from `started_at` on, `minutes` of working time without the pauses.

    `due_at` and `warn_at` are None where nobody can know them: the ticket is paused (then `remaining_minutes`
    are left), or the calendar never opens. The stamps say when the desk noticed; each is announced once.
    """

    name: str
    minutes: int
    started_at: datetime
    due_at: datetime | None = None
    warn_at: datetime | None = None
    remaining_minutes: int | None = None
    met_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None

    @property
    def state(self) -> str:
        """One of TARGET_STATES; a promise that was met too late stays breached."""
        if self.breached_at is not None:
            return BREACHED
        if self.met_at is not None:
            return MET
        return PENDING if self.warned_at is None else WARNED

    @property
    def next_check_at(self) -> datetime | None:
        """When somebody has to look again; None when time alone changes nothing any more."""
        if self.met_at is not None or self.due_at is None or self.breached_at is not None:
            return None
        if self.warn_at is None or self.warned_at is not None:
            return self.due_at
        return min(self.warn_at, self.due_at)


@dataclass(slots=True)
class Sla:
    """The promises of the policy that fits the ticket; None on the ticket where none does.

    `forecast` is what the resolution's due time put into the ticket's solution forecast: another value there
    was set by hand. `next_check_at` is the earliest of all targets, by it the timers find what is due.
    """

    policy: str
    paused: bool = False
    targets: list[SlaTarget] = field(default_factory=list)
    forecast: datetime | None = None
    next_check_at: datetime | None = None

    def target(self, name: str) -> SlaTarget | None:
        """The promise with this name, if the policy makes it."""
        return next((each for each in self.targets if each.name == name), None)
