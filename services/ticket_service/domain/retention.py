"""How long the desk keeps each kind of data before it forgets it by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.history import Actor

SECTION: Final = "desk"
SHORTEST_DAYS: Final = 1
LONGEST_DAYS: Final = 36_500


@dataclass(slots=True)
class Retention:
    """Days after which data is forgotten; None keeps it for good.

    `closed_tickets`: a ticket with all that was said on it, counted from its closing. `messages`: the texts
    of what was said on no ticket or on closed ones, and what is known of visitors' stays (pages, campaigns,
    what they filled in) where no ticket is open. `attachments`: the files of the same. `raw_payloads`:
    what providers sent, word for word. `audit`: entries of the audit log. `quarantine`: what was put aside.
    `confidential`: confidential answers, whatever longer time their request named.
    """

    id: str = SECTION
    closed_tickets: int | None = None
    messages: int | None = None
    attachments: int | None = None
    raw_payloads: int | None = None
    audit: int | None = None
    quarantine: int | None = None
    confidential: int | None = None
    version: int = 0


KINDS: Final = (
    "closed_tickets",
    "messages",
    "attachments",
    "raw_payloads",
    "audit",
    "quarantine",
    "confidential",
)
RETENTION_JOB: Final = Actor("system", None, "Retention")
"""Who the history names where data was forgotten because its time was over."""


def horizon(retention: Retention, kind: str, now: datetime) -> datetime | None:
    """The time before which data of this kind (one of KINDS) is forgotten; None when it is kept for good."""
    days: int | None = getattr(retention, kind)
    return None if days is None else now - timedelta(days=days)
