"""A receipt: what the provider says about a message it was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notifier.domain.delivery import Failure


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A provider's message id; unique only within its channel."""

    channel_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """`state` was reached at `at` (the provider's time). `send_id` is ours, when the provider echoes it."""

    key: ProviderKey
    state: str
    at: datetime
    send_id: str | None = None
    failure: Failure | None = None
    event_id: str = ""
