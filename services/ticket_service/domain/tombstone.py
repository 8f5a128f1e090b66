"""Tickets that were deleted: how long they can be brought back, and what must never come back by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DEFAULT_KEEP_DAYS: Final = 30
MOST_KEEP_DAYS: Final = 3_650


@dataclass(slots=True)
class DeletionPolicy:
    """The section: how many days a deleted ticket can be restored before it is gone for good (0: at once)."""

    id: str = "desk"
    keep_days: int = DEFAULT_KEEP_DAYS
    version: int = 0

    def purged_before(self, now: datetime) -> datetime:
        """Tickets deleted at or before this time are gone, or go with the next purge."""
        return now - timedelta(days=self.keep_days)

    def restorable(self, deleted_at: datetime, now: datetime) -> bool:
        """Whether a ticket deleted then can still be brought back."""
        return deleted_at > self.purged_before(now)


@dataclass(slots=True)
class DeletedTicket:
    """A ticket in the bin, by its id, for the purge."""

    id: str
    number: str
    deleted_at: datetime
    version: int = 0


@dataclass(slots=True)
class Tombstone:
    """A message that was here and is gone for good, by its id: delivered again, it stays away."""

    id: str
    at: datetime
    version: int = 0
