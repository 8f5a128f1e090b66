"""Somebody's log-in in a browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=14)
SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Session:
    """`digest` is what is kept of the secret in the cookie; `address` and `agent` are shown to its owner."""

    digest: str
    user_id: str
    created_at: datetime
    last_seen_at: datetime
    address: str = ""
    agent: str = ""
    version: int = 0

    def over(self, now: datetime) -> bool:
        """Whether nobody gets in by it any more: too long unused, or too old."""
        return now - self.last_seen_at > IDLE or now - self.created_at > LONGEST
