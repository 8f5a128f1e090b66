"""A sign of presence: the customer is shown that an agent has read, or is writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.notifier.domain.delivery import Recipient

READ: Final = "read"
TYPING: Final = "typing"

WORTHLESS_AFTER: Final = timedelta(seconds=20)
"""Providers show "typing" for about as long; a later one would be a lie."""


@dataclass(frozen=True, slots=True)
class Presence:
    """`provider_message_id`: the customer's latest message, read with all before it. `sign`: read, typing.

    `author` is who reads or writes.
    """

    conversation_id: str
    channel_id: str
    recipient: Recipient
    provider_message_id: str
    sign: str
    requested_at: datetime
    author: str = ""

    def worthless(self, now: datetime) -> bool:
        """Whether it comes too late to be true."""
        return now - self.requested_at > WORTHLESS_AFTER
