"""A company or another body that contacts belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Organization:
    """`domains` are the mail domains (lower case) whose senders belong to it; each has one organization.

    `words` are those of name and domains, by which it is found.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    domains: list[str] = field(default_factory=list)
    description: str = ""
    active: bool = True
    words: list[str] = field(default_factory=list)
    version: int = 0


def organization_of(address: str, organizations: Iterable[Organization]) -> Organization | None:
    """The active organization that an e-mail address belongs to by its domain or a parent of it.

    The longest domain wins, so that a department may be an organization of its own.
    """
    host = address.rpartition("@")[2].lower()
    found: list[tuple[int, Organization]] = []
    for organization in organizations:
        fits = [name for name in organization.domains if host == name or host.endswith(f".{name}")]
        if organization.active and fits:
            found.append((max(len(name) for name in fits), organization))
    return max(found, key=lambda pair: pair[0])[1] if found else None
