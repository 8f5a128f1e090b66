"""The states of a delivery as a lattice: receipts in any order, any number of times, end alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

QUEUED: Final = "queued"
SENT: Final = "sent"
DELIVERED: Final = "delivered"
READ: Final = "read"
FAILED: Final = "failed"

RANK: Final[Mapping[str, int]] = {QUEUED: 0, SENT: 1, DELIVERED: 2, READ: 3, FAILED: 4}
"""Failed outranks all: a failure somebody must look at is never hidden by a receipt that came later."""


def highest(times: Mapping[str, datetime]) -> str:
    """The state that a set of reported states amounts to; `queued` when nothing was reported yet."""
    return max(times, key=RANK.__getitem__, default=QUEUED)


def merge_times(*reports: Mapping[str, datetime]) -> dict[str, datetime]:
    """For each state the earliest time anyone reported (commutative, associative, idempotent)."""
    merged: dict[str, datetime] = {}
    for report in reports:
        for state, at in report.items():
            known = merged.get(state)
            if known is None or at < known:
                merged[state] = at
    return merged
