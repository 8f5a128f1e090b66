"""Deciding again when somebody else was faster, a bounded number of times."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from services.ticket_service.ports import Conflict

T = TypeVar("T")

TRIES: Final = 20
LONGEST_PAUSE_SECONDS: Final = 0.25
"""Together some 2.5 s: with the consumer's three tries longer than a killed process blocks its documents."""


def decide_again_on_conflict(decide: Callable[[], T]) -> T:
    """Call `decide` (load, decide, save) until it saved; its Conflict after the last try is raised."""
    for attempt in range(1, TRIES):
        try:
            return decide()
        except Conflict:
            # Jitter, so that those who collided do not collide again.
            pause = min(0.002 * 2**attempt, LONGEST_PAUSE_SECONDS)
            time.sleep(pause * random.uniform(0.2, 1.0))  # noqa: S311 - not a secret
    return decide()
