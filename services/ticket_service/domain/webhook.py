"""Outgoing webhooks: where they go, what waits to be delivered, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
STATES: Final = (PENDING, DELIVERED, FAILED)

STEPS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1_800, 3_600, 2 * 3_600, 4 * 3_600, 8 * 3_600, 8 * 3_600)
)
"""The waits between tries: a day in all, as the Standard Webhooks recommend."""
LONGEST_WISH: Final = timedelta(hours=1)
"""For as long a receiver may ask us to wait."""
DISABLED_AFTER: Final = timedelta(days=5)
"""An endpoint that failed for as long without a success is switched off."""
REMEMBERED: Final = timedelta(days=30)
MAX_ATTEMPTS: Final = 20
"""So many are kept in the log of one delivery, the latest."""
OVERLAP: Final = timedelta(hours=24)
"""For as long deliveries carry both signatures after the secret was changed."""


@dataclass(slots=True)
class Webhook:
    """An endpoint. `events` are types of events; `disabled_reason` says why the desk switched it off."""

    id: str
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False, metadata={"secret": True})
    created_at: datetime
    updated_at: datetime
    description: str = ""
    active: bool = True
    disabled_reason: str = ""
    previous_secret: str = field(default="", repr=False, metadata={"secret": True})
    previous_until: datetime | None = None
    version: int = 0

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What deliveries are signed with now, the newest first."""
        if self.previous_secret and self.previous_until is not None and now < self.previous_until:
            return self.secret, self.previous_secret
        return (self.secret,)

    def rotate(self, secret: str, now: datetime) -> None:
        """Sign with another secret from now on, and for a while with the one before as well."""
        self.previous_secret, self.previous_until = self.secret, now + OVERLAP
        self.secret, self.updated_at = secret, now


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the HTTP status, or what was wrong (`error`), and how long it took in milliseconds."""

    at: datetime
    status: int | None
    error: str
    milliseconds: int


@dataclass(slots=True)
class WebhookDelivery:
    """One event on its way to one endpoint, with the same id at every try; `tries` since it was (re)sent."""

    id: str
    webhook_id: str
    event_id: str
    event_type: str
    ticket_id: str
    ticket_number: str
    body: str
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    state: str = PENDING
    tries: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    delivered_at: datetime | None = None
    version: int = 0

    def tried(self, attempt: Attempt, wish: timedelta | None = None) -> None:
        """Take in how a try ended; `wish`: how long the receiver asks us to wait."""
        self.attempts = [*self.attempts, attempt][-MAX_ATTEMPTS:]
        self.tries += 1
        if attempt.status is not None and 200 <= attempt.status < 300:
            self.state, self.delivered_at = DELIVERED, attempt.at
        elif self.tries > len(STEPS):
            self.state = FAILED
        else:
            wait = max(STEPS[self.tries - 1], min(wish or timedelta(0), LONGEST_WISH))
            self.due_at = attempt.at + wait

    def give_up(self, at: datetime, why: str) -> None:
        """Nothing more is tried unless somebody asks for it."""
        self.attempts = [*self.attempts, Attempt(at, None, why, 0)][-MAX_ATTEMPTS:]
        self.state = FAILED

    def resend(self, now: datetime) -> None:
        """Try it again from the beginning."""
        self.state, self.tries, self.due_at, self.delivered_at = PENDING, 0, now, None
        self.expires_at = now + REMEMBERED


@dataclass(slots=True)
class WebhookHealth:
    """How an endpoint does (the id is the webhook's): since when it fails without a success."""

    id: str
    failing_since: datetime | None = None
    version: int = 0

    def is_to_be_disabled(self, now: datetime) -> bool:
        """Whether it failed for too long."""
        return self.failing_since is not None and now - self.failing_since >= DISABLED_AFTER
