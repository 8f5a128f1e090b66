"""Deciding again when somebody else was faster, a bounded number of times."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from services.ticket_service.ports import Conflict, Held
from shared.messaging.message import Unavailable

T = TypeVar("T")

TRIES: Final = 20
LONGEST_PAUSE_SECONDS: Final = 0.25


def decide_again_on_conflict(decide: Callable[[], T]) -> T:
    """Call `decide` (load, decide, save) until it saved, for some seconds at most.

    Then its Conflict is raised; or Unavailable where a process that was killed in a transaction still holds
    the documents: nothing is wrong with what is to be saved, the database frees them by and by.
    """
    for attempt in range(1, TRIES):
        try:
            return decide()
        except Conflict:
            # Jitter, so that those who collided do not collide again.
            pause = min(0.002 * 2**attempt, LONGEST_PAUSE_SECONDS)
            time.sleep(pause * random.uniform(0.2, 1.0))  # noqa: S311 - not a secret
    try:
        return decide()
    except Held as error:
        raise Unavailable(f"held by another transaction: {error}") from error
