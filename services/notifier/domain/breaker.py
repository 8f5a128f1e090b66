"""The breaker: how many automatic mails one address gets, so that two machines never write without end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.notifier.domain.delivery import Failure

WINDOW: Final = timedelta(hours=24)
MOST: Final = 12


def counted_in(times: Sequence[datetime], now: datetime, most: int) -> tuple[datetime, ...] | None:
    """The times of an address's automatic mails with one more, or None when it had `most` within WINDOW."""
    within = [at for at in times if now - at < WINDOW]
    return None if len(within) >= most else (*within, now)


def limit_reached(most: int) -> Failure:
    """The failure of an automatic mail that is one too many."""
    return Failure(
        "automatic-limit",
        "This address has had its share of automatic mails",
        f"No more than {most} go to one address within 24 hours, so that machines cannot write to each other "
        "without end.",
        "Look whether a machine answers at this address; an agent's own answer is not held back.",
    )
