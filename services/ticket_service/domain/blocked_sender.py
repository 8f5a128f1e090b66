"""Senders whose messages are kept with their conversation and reach no ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.history import Actor

MOST: Final = 5_000
"""Looked at for each message, so the list is kept in memory and has to stay small."""


@dataclass(slots=True)
class BlockedSender:
    """`id` is the identity's key (`whatsapp:+393351032246`); `ticket` the number of the one that was spam."""

    id: str
    kind: str
    value: str
    blocked_at: datetime
    blocked_by: Actor
    reason: str = ""
    ticket: str | None = None
    version: int = 0
