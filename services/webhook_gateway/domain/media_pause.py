"""When a channel's files are left alone: while the provider takes nothing from it, or counts our errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.webhook_gateway.domain.media_job import Trouble

COUNTED: Final = timedelta(minutes=60)
MOST_COUNTED: Final = 8
"""At 20 errors on GET /{media} within 60 minutes Meta's media service blocks a number for 30 (360dialog,
"upload, retrieve or delete media"). Each replica counts its own, so that two of them stay below."""

FIRST_PAUSE: Final = timedelta(seconds=5)
GROWTH: Final = 3.0
LONGEST_PAUSE: Final = timedelta(minutes=10)
PROBE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the provider takes a channel's requests for files. `errors` are the times of counted ones.

    `works`: a file came since this process knows the channel.
    """

    until: datetime | None = None
    failing: Trouble | None = None
    failures: int = 0
    errors: tuple[datetime, ...] = ()
    works: bool = False

    def paused(self, now: datetime) -> bool:
        """Whether nothing of this channel may be fetched now."""
        return self.until is not None and now < self.until

    def claimed(self, now: datetime) -> Standing:
        """A job of the channel is tried; while the channel fails it alone finds out whether it is mended."""
        return replace(self, until=now + PROBE) if self.failing else self

    def succeeded(self) -> Standing:
        """A file came: nothing is wrong with the channel."""
        return replace(self, until=None, failing=None, failures=0, works=True)

    def troubled(self, trouble: Trouble, now: datetime) -> Standing:
        """A try ended so. A lasting trouble of one file is an answer: the channel as such works."""
        errors = tuple(at for at in self.errors if now - at < COUNTED)
        if trouble.counted:
            errors = (*errors, now)[-MOST_COUNTED:]
        failing = trouble if trouble.channel else None if trouble.lasting else self.failing
        failures, until = 0, None
        if failing is not None:
            failures = self.failures + 1
            until = now + min(FIRST_PAUSE * GROWTH ** min(self.failures, 20), LONGEST_PAUSE)
        if len(errors) >= MOST_COUNTED:
            until = max(until or now, errors[0] + COUNTED)
        return Standing(until, failing, failures, errors, self.works)
