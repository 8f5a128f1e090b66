"""Who did what when: the actors, and the entries of a ticket's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

CUSTOMER: Final = "customer"
AGENT: Final = "agent"
SYSTEM: Final = "system"
PHONE: Final = "phone"

OPENED: Final = "opened"
STATUS: Final = "status"


@dataclass(frozen=True, slots=True)
class Actor:
    """A customer (id of the contact), an agent (id of the user), the system or the phone (no id)."""

    kind: str
    id: str | None
    name: str


DESK: Final = Actor(SYSTEM, None, "")
"""The desk itself, where no person did it."""
PHONE_APP: Final = Actor(PHONE, None, "WhatsApp app")
"""Somebody of the business who wrote outside the desk, in the app on its phone."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change: `what` changed (`status`, `title`, … or `opened`), from what to what."""

    id: str
    ticket_id: str
    at: datetime
    who: Actor
    what: str
    before: Any
    after: Any
