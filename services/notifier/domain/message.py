"""A message of the desk as the sum of its deliveries: one per part, again for parts asked for again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.notifier.domain.delivery import DONE, WAITING, Delivery, Failure

FAILED: Final = "failed"
RISING: Final = ("sent", "delivered", "read")
"""The states of a delivery that goes well: who reached one has reached those before it."""

EARLIER_PART_FAILED: Final = Failure(
    code="earlier-part-failed",
    title="An earlier part of the message failed",
    remedy="Send the message again: only the parts that did not leave are sent.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a whole message stands: the times at which all its parts had reached each state."""

    attempt: int
    times: Mapping[str, datetime]
    provider_message_ids: tuple[str, ...]
    failure: Failure | None


def current_parts(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Of each part the delivery that counts, the one asked for last, in order."""
    latest: dict[int, Delivery] = {}
    for delivery in sorted(deliveries, key=lambda one: one.attempt):
        latest[delivery.part] = delivery
    if not latest:
        return []
    parts = max(latest.values(), key=lambda one: one.attempt).parts
    return [latest[part] for part in sorted(latest) if part < parts]


def standing(deliveries: Iterable[Delivery]) -> Standing:
    """How the message of these deliveries (at least one) stands, whatever the order of what happened."""
    parts = current_parts(deliveries)
    return Standing(
        attempt=max(part.attempt for part in parts),
        times=_times([part.times for part in parts]),
        provider_message_ids=tuple(part.provider_message_id for part in parts if part.provider_message_id),
        failure=_failure(parts),
    )


def cut_off(deliveries: Iterable[Delivery], now: datetime) -> list[Delivery]:
    """The parts that still waited behind one that failed, ended.

    What is being sent, or may have arrived, is left alone: it has an end of its own.
    """
    parts = current_parts(deliveries)
    failed = next((part.part for part in parts if FAILED in part.times), None)
    if failed is None:
        return []
    return [
        replace(part, stage=DONE, times={FAILED: now}, failure=EARLIER_PART_FAILED)
        for part in parts
        if part.part > failed and part.stage == WAITING and not part.unknowns
    ]


def behind_a_failed_part(delivery: Delivery, deliveries: Iterable[Delivery]) -> bool:
    """Whether a part before this one failed, so that this one would be out of place."""
    return any(part.part < delivery.part and FAILED in part.times for part in current_parts(deliveries))


def parts_to_repeat(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The parts a customer does not have, as they were last tried."""
    return [part for part in current_parts(deliveries) if FAILED in part.times]


def never_taken(deliveries: Iterable[Delivery]) -> bool:
    """Whether no part of the message was ever taken by the provider, so that it may be cut up anew."""
    return all(FAILED in part.times and part.provider_message_id is None for part in deliveries)


def _times(parts: Sequence[Mapping[str, datetime]]) -> dict[str, datetime]:
    """A single part's times as they are; of several the latest of all once all have reached a state.

    A part of which only a later state is known had reached this one no later than that.
    """
    if len(parts) == 1:
        return dict(parts[0])
    together: dict[str, datetime] = {}
    for rank, state in enumerate(RISING):
        reached = [[part[later] for later in RISING[rank:] if later in part] for part in parts]
        if all(reached) and any(state in part for part in parts):
            together[state] = max(min(each) for each in reached)
    failed = [part[FAILED] for part in parts if FAILED in part]
    return together | ({FAILED: min(failed)} if failed else {})


def _failure(parts: Sequence[Delivery]) -> Failure | None:
    """The reason of the earliest failure; of parts that only followed it, none."""
    failed = [part for part in parts if part.failure is not None]
    causes = [part for part in failed if part.failure != EARLIER_PART_FAILED] or failed
    if not causes:
        return None
    return min(causes, key=lambda part: (part.times[FAILED], part.part)).failure
