"""What is done for an organization over some time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True)
class Project:
    """`organization` is the customer's id; the days are the first and the last one, where they are known.

    `words` as a product has them.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    code: str = ""
    description: str = ""
    organization: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    active: bool = True
    words: list[str] = field(default_factory=list)
    version: int = 0
