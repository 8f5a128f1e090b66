"""Who has a ticket before them at this moment, so that two people do not answer the same customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HEARTBEAT_SECONDS: Final = 15
"""A page says so often that it is still looked at."""
GONE_AFTER: Final = timedelta(seconds=30)
"""Whoever has not been heard of for so long has left."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody on a ticket's page; `typing` while something is being written to the customer or the desk."""

    number: str
    user_id: str
    name: str
    typing: bool
    seen_at: datetime


def present(viewers: Iterable[Viewer], now: datetime) -> list[Viewer]:
    """Those who are there now: who types first, then by name."""
    there = [each for each in viewers if now - each.seen_at < GONE_AFTER]
    return sorted(there, key=lambda each: (not each.typing, each.name.casefold(), each.user_id))
