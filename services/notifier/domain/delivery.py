"""A delivery: one message of the provider to one customer, from the request to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.notifier.domain.content import TEMPLATE, Content

WAITING: Final = "waiting"
"""To be sent when due and first in its conversation."""
SENDING: Final = "sending"
"""Claimed by a sender until `due_at`; found after that, its sender died and nobody knows how far it came."""
UNKNOWN: Final = "unknown"
"""The provider may have it or not: until `due_at` a receipt may tell, then it is tried once more."""
DONE: Final = "done"
"""The provider has it, or it failed for good."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where it goes: the provider's own address of the customer."""

    kind: str
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery failed, in the provider's words, and what a person can do about it."""

    code: str
    title: str
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One send. `send_id` is the idempotency key; `sequence` gives the order in a conversation.

    `message_id` is the desk's message it belongs to: that one has `parts` deliveries, this is number `part`
    (from 0), made when the message was asked for the `attempt`-th time again (0: the first time).
    `reply_to`: the provider's id of the message that is quoted. `tries` counts those the provider put off,
    `unknowns` those nobody knows the outcome of; `tried_at` is when the latest began. `times` holds when
    each state (sent, delivered, read, failed) was reached. All times are UTC. `author` is the agent who wrote
    it, empty for the desk's own words, `author_picture` the id of the blob with their picture.
    """

    send_id: str
    message_id: str
    origin: str
    conversation_id: str
    ticket_number: str
    channel_id: str
    channel_kind: str
    recipient: Recipient
    content: Content
    queued_at: datetime
    due_at: datetime
    part: int = 0
    parts: int = 1
    attempt: int = 0
    reply_to: str | None = None
    window_expires_at: datetime | None = None
    traceparent: str = ""
    causation_id: str = ""
    sequence: int = 0
    stage: str = WAITING
    claim: str = ""
    tries: int = 0
    unknowns: int = 0
    tried_at: datetime | None = None
    times: Mapping[str, datetime] = field(default_factory=dict)
    provider_message_id: str | None = None
    failure: Failure | None = None
    author: str = ""
    author_picture: str = ""

    @property
    def open(self) -> bool:
        """Whether there is still something to do for it."""
        return self.stage != DONE


SHOWN: Final = "shown"
"""The origin of what a live chat shows its customer and the desk knows anyway: it is told nothing of it."""

WINDOW_CLOSED: Final = "window-closed"
"""The code of a failure that a customer's next message ends: the desk keeps such an answer as a draft."""


def send_id_of(message_id: str, attempt: int, part: int, parts: int) -> str:
    """The id of one send: the message's own where there is only one, so that most ids stay short."""
    return message_id if parts == 1 and attempt == 0 else f"{message_id}~{attempt}.{part}"


def window_closed(delivery: Delivery, now: datetime) -> Failure | None:
    """The failure of what got too old to be sent in its reply window; templates have no window.

    A message can age in the queue, so this is asked again right before each try.
    """
    expires = delivery.window_expires_at
    if delivery.content.kind == TEMPLATE or expires is None or now < expires:
        return None
    return Failure(
        code=WINDOW_CLOSED,
        title="The reply window closed before the message could be sent",
        detail=f"The window closed at {expires:%Y-%m-%d %H:%M} UTC.",
        remedy="Send an approved template; when the customer answers it, free texts are possible again.",
    )


def unknown_channel(channel_id: str, channel_kind: str) -> Failure:
    """The failure of what is wanted on a channel that is not declared here."""
    return Failure(
        code="unknown-channel",
        title=f"The notifier has no channel {channel_id} of kind {channel_kind}",
        remedy="An administrator has to declare this channel in the channels file of the notifier.",
    )
