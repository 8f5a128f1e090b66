"""A group of users to whom tickets are given together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Team:
    """`members` are ids of users, in the order in which they were put in; the name is unique."""

    id: str
    name: str
    created_at: datetime
    description: str = ""
    members: list[str] = field(default_factory=list)
    active: bool = True
    version: int = 0
