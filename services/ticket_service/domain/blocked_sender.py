"""Senders whose messages are kept with their conversation and reach no ticket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.history import Actor

MOST: Final = 5_000
"""Looked at for each message, so the list is kept in memory and has to stay small."""
NETWORK_BLOCKED_FOR: Final = timedelta(hours=24)
"""An address is shared, and soon somebody else's: for longer it would be others who are kept out."""


@dataclass(slots=True)
class BlockedSender:
    """`id` is the identity's key (`whatsapp:+393351032246`); `ticket` the number of the one that was spam.

    `networks` are the marks of those from which a visitor of live chats wrote: whoever is new there, and is
    vouched for by nobody, is blocked for NETWORK_BLOCKED_FOR, since clearing a browser makes a new visitor.
    """

    id: str
    kind: str
    value: str
    blocked_at: datetime
    blocked_by: Actor
    reason: str = ""
    ticket: str | None = None
    networks: list[str] = field(default_factory=list)
    version: int = 0

    def network_until(self, at: datetime) -> datetime | None:
        """Until when new visitors from the same networks are blocked as well; None where they are not."""
        until = self.blocked_at + NETWORK_BLOCKED_FOR
        return until if self.networks and at < until else None


def networks_blocked(senders: Iterable[BlockedSender], at: datetime) -> dict[str, datetime]:
    """The marks of networks that are blocked at that time, each with since when."""
    found: dict[str, datetime] = {}
    for sender in senders:
        if sender.network_until(at) is not None:
            for mark in sender.networks:
                found[mark] = min(found.get(mark, sender.blocked_at), sender.blocked_at)
    return found
