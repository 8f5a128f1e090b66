"""Service level policies: which tickets they are for, and what they promise those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.ticket import Ticket

CONDITIONS: Final[Mapping[str, str]] = {
    name: name
    for name in (
        *("priority", "service", "category", "severity", "importance", "request_type"),
        *("organization", "product", "project", "contract", "group"),
    )
} | {"channel": "channel_id"}
"""What a policy may ask for, and the ticket's field that answers."""
MAX_POLICIES: Final = 200
MAX_MINUTES: Final = 100_000


@dataclass(slots=True)
class TargetRule:
    """`minutes` of open time for a target; a warning at a percentage of them, or minutes before the end."""

    name: str
    minutes: int
    warn_percent: int | None = None
    warn_minutes: int | None = None

    @property
    def warn_after(self) -> timedelta | None:
        """After how much open time to warn; None for no warning."""
        if self.warn_percent is not None:
            return timedelta(minutes=self.minutes) * self.warn_percent / 100
        if self.warn_minutes is not None:
            return timedelta(minutes=self.minutes - self.warn_minutes)
        return None


@dataclass(slots=True)
class SlaPolicy:
    """For tickets whose fields have one of the values of every condition (S004: SLA contract rules).

    `conditions` are names of CONDITIONS with the values that fit; of all policies the first in their order
    counts. `calendar` is a calendar's id; without one time counts around the clock.
    """

    id: str
    name: str
    created_at: datetime
    description: str = ""
    order: int = 0
    active: bool = True
    calendar: str | None = None
    conditions: dict[str, list[str]] = field(default_factory=dict)
    targets: list[TargetRule] = field(default_factory=list)
    version: int = 0

    def fits(self, ticket: Ticket) -> bool:
        """Whether the policy is for this ticket."""
        return all(
            getattr(ticket, CONDITIONS[name]) in values
            for name, values in self.conditions.items()
            if name in CONDITIONS
        )


def policy_for(ticket: Ticket, policies: Iterable[SlaPolicy]) -> SlaPolicy | None:
    """The first active policy, in their order, that is for this ticket."""
    fitting = [each for each in policies if each.active and each.fits(ticket)]
    return min(fitting, key=lambda each: (each.order, each.id), default=None)
