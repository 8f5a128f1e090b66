"""What an organization has bought: for how long, and how many hours of work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True)
class Contract:
    """`hours` are those included, None where work is not counted in hours; `words` as a product's."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    code: str = ""
    description: str = ""
    organization: str | None = None
    project: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    hours: float | None = None
    active: bool = True
    words: list[str] = field(default_factory=list)
    version: int = 0

    def hours_left(self, worked: float) -> float | None:
        """What is left of the hours after `worked` ones; below zero where more was worked; None: no count."""
        return None if self.hours is None else round(self.hours - worked, 2)


def in_order(starts_on: date | None, ends_on: date | None) -> bool:
    """Whether a period does not end before it starts; what is open at an end is in order."""
    return starts_on is None or ends_on is None or starts_on <= ends_on
