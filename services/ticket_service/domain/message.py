"""One thing said in a conversation or on a ticket, by whom, and how its delivery stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.history import Actor

IN: Final = "in"
OUT: Final = "out"
NOTE: Final = "note"

PUBLIC: Final = "public"
INTERNAL: Final = "internal"

DESCRIPTION: Final = "description"
COMMENT: Final = "comment"


@dataclass(frozen=True, slots=True)
class DeliveryError:
    """Why a send failed: the provider's code and words, and what a person can do about it."""

    code: str
    title: str
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a send stands: its highest state with that state's rank, and the earliest time of each state."""

    state: str
    rank: int
    times: dict[str, datetime]
    queued_at: datetime
    error: DeliveryError | None = None


@dataclass(slots=True)
class Message:
    """What was said. `id` is the dedupe key of an inbound message, the send id of an outgoing one.

    `occurred_at` is the provider's time (ours for what agents write), `created_at` when the desk saved it.
    `number` counts a ticket's comments from 1; the description has none, nor has what is on no ticket.
    """

    id: str
    direction: str
    visibility: str
    author: Actor
    kind: str
    text: str
    occurred_at: datetime
    created_at: datetime
    conversation_id: str | None = None
    ticket_id: str | None = None
    contact_id: str | None = None
    part: str | None = None
    number: int | None = None
    content: dict[str, Any] = field(default_factory=dict)
    template: dict[str, Any] | None = None
    reply_to: str | None = None
    provider_message_id: str | None = None
    received_at: datetime | None = None
    raw: str = ""
    trace_id: str = ""
    delivery: Delivery | None = None
