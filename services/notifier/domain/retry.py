"""When a delivery is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.notifier.domain.delivery import UNKNOWN, WAITING, Delivery, Failure
from services.notifier.domain.outcome import TryLater


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How patient the desk is.

    `receipt_wait`: how long a receipt may take to tell an unknown outcome. `lease`: for as long a claimed
    delivery is its sender's alone, `file_lease` one with files.
    """

    tries: int = 10
    age: timedelta = timedelta(hours=24)
    receipt_wait: timedelta = timedelta(seconds=60)
    unknowns: int = 2
    lease: timedelta = timedelta(seconds=90)
    file_lease: timedelta = timedelta(minutes=6)

    def lease_of(self, delivery: Delivery) -> timedelta:
        """How long a try may take: files are handed over piece by piece first."""
        return self.file_lease if delivery.content.files else self.lease


LONGER: Final = 0.2
"""Waits are up to this much longer than asked for, so that what failed together is not tried together."""


def put_off(
    delivery: Delivery, answer: TryLater, now: datetime, limits: RetryLimits, chance: float = 0.0
) -> Delivery | Failure:
    """The delivery as it waits for its next try, or why there is none. `chance`: 0 to 1, by lot.

    - Unknown outcome: it waits for a receipt that carries our id, then is sent once more, and never a third
      time: each blind retry may be a second message to the customer.
    - The whole channel's trouble does not count as a try of this delivery: the queue is kept.
    - Otherwise it waits as long as the channel asks, never less (it may be the provider's own wish) and a
      little more by lot, at most `tries` times and `age` in all.
    """
    waiting = replace(delivery, claim="")
    if answer.unknown_outcome:
        if delivery.unknowns + 1 >= limits.unknowns:
            return outcome_unknown(answer.reason)
        due = now + limits.receipt_wait
        return replace(waiting, stage=UNKNOWN, unknowns=delivery.unknowns + 1, due_at=due)
    if answer.whole_channel:
        return replace(waiting, stage=WAITING, due_at=now)
    due = now + timedelta(seconds=answer.after_seconds * (1 + LONGER * chance))
    tries = delivery.tries + 1
    if tries >= limits.tries or due - delivery.queued_at > limits.age:
        return given_up(answer.reason, tries)
    return replace(waiting, stage=WAITING, tries=tries, due_at=due)


def outcome_unknown(reason: Failure) -> Failure:
    """The failure of a delivery whose outcome stayed unknown twice."""
    return Failure(
        code="outcome-unknown",
        title="The provider did not say whether it took the message",
        detail=f"{reason.title} {reason.detail}".strip(),
        remedy="It may have arrived: ask the customer, or look at the phone, before sending it again.",
    )


def given_up(reason: Failure, tries: int) -> Failure:
    """The failure of a delivery that was put off too often, or for too long."""
    return replace(
        reason,
        detail=f"Given up after {tries} tries. {reason.detail}".strip(),
        remedy=reason.remedy or "Send it again later.",
    )
