"""What can go wrong between the notifier and a live chat, in words for people."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import TryLater

_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 5.0
"""A visitor waits before the screen: once the broker is back, the answers follow within seconds."""

NO_TEMPLATES: Final = Failure(
    "no-templates", "A live chat needs no templates", remedy="Write a text, or send buttons or a form."
)


def broker_away(detail: str) -> TryLater:
    """Lines go to the gateway through the broker; while it is away they wait, however long it takes."""
    reason = Failure("broker-away", "The message broker did not take the line", detail[:2_000])
    return TryLater(_PAUSE_SECONDS, reason, whole_channel=True, longest_seconds=_LONGEST_PAUSE_SECONDS)


def database_away(detail: str) -> TryLater:
    """The line that is quoted could not be looked up."""
    reason = Failure("database-away", "The notifier's database was away", detail[:2_000])
    return TryLater(_PAUSE_SECONDS, reason, whole_channel=True, longest_seconds=_LONGEST_PAUSE_SECONDS)


def explain(failure: Failure) -> Failure:
    """A failure with something a person can do about it."""
    return failure if failure.remedy else replace(failure, remedy="Send it again later.")
