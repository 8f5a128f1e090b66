"""How fast a channel may send: so many in any second, and so many to one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MARGIN: Final = 1.1
"""Between a grant and its arrival at the provider some time passes, and not always the same: the second is
taken a little longer, so that what arrives keeps the limit too."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `amount` grants in any `seconds`."""

    amount: int
    seconds: float


def rate_limit(per_second: float) -> RateLimit:
    """The limit of a channel that takes `per_second` (> 0) messages a second; slower than one is fine."""
    amount = max(1, int(per_second))
    return RateLimit(amount, MARGIN * amount / per_second)


@dataclass(frozen=True, slots=True)
class Grant:
    """`amount` messages were allowed to leave at `at`."""

    at: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one asking was given: `granted` may leave now; with none, some may `seconds` from now."""

    granted: int
    seconds: float = 0.0


def grant(
    past: Sequence[Grant], limit: RateLimit, wanted: int, now: datetime
) -> tuple[Turn, tuple[Grant, ...]]:
    """What may leave now of `wanted`, and the grants that still count, this one among them, oldest first."""
    window = timedelta(seconds=limit.seconds)
    counting = tuple(one for one in past if one.at > now - window)
    granted = max(0, min(wanted, limit.amount - sum(one.amount for one in counting)))
    if granted:
        return Turn(granted), (*counting, Grant(now, granted))
    wait = (counting[0].at + window - now).total_seconds() if counting else 0.0
    return Turn(0, wait), counting


@dataclass(frozen=True, slots=True)
class PairLimit:
    """A bucket of `burst` messages to one customer, filled again by one each `every_seconds`."""

    burst: int
    every_seconds: float


@dataclass(frozen=True, slots=True)
class PairBucket:
    """`left` messages may go to a customer at once, as of `at`."""

    left: float
    at: datetime


def take(bucket: PairBucket | None, limit: PairLimit, now: datetime) -> PairBucket | float:
    """The bucket after one message, or the seconds until there is one in it."""
    left = float(limit.burst)
    if bucket is not None:
        # A clock that goes back (another process's) must not fill it twice.
        passed = max(0.0, (now - bucket.at).total_seconds())
        left = min(left, bucket.left + passed / limit.every_seconds)
        now = max(now, bucket.at)
    if left >= 1.0:
        return PairBucket(left - 1.0, now)
    return (1.0 - left) * limit.every_seconds
