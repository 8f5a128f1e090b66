"""What goes to the broker and what comes from it, and the ways in which either can fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.contracts.catalogue import encode
from shared.contracts.envelope import Event
from shared.contracts.routes import address


class BrokerUnavailable(Exception):
    """Not confirmed (broker down, blocked, too slow, queue full, no route): the message has no home yet."""


class Poison(Exception):
    """This message can never be handled. `reason` is a slug to count by, `detail` says what is wrong."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unavailable(Exception):
    """What the handler needs is away (database down): nothing is wrong with the message, try again later."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish: already encoded, already addressed."""

    exchange: str
    routing_key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message from a queue. `attempts` counts earlier deliveries that nobody acknowledged."""

    queue: str
    exchange: str
    routing_key: str
    body: bytes
    attempts: int = 0
    headers: dict[str, Any] = field(default_factory=dict)


BatchHandler = Callable[[Sequence[Delivery]], None]
"""Handles all or nothing. Raises Poison, Unavailable, or whatever it did not expect."""

Park = Callable[[Delivery, str, str], None]
"""Puts a message aside: (delivery, reason, detail). Returns once it is safely kept; may raise Unavailable."""


class Publisher(Protocol):
    """Something that publishes with confirms; safe to call from many threads or greenlets."""

    def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
        """Return once the broker has confirmed all of them; raise BrokerUnavailable otherwise (seconds)."""
        ...

    def ready(self) -> bool:
        """Whether a publish would be tried at once."""
        ...


def outgoing(event: Event, contact_key: str = "") -> Outgoing:
    """Encode and address an event; `contact_key` chooses the partition where the route has partitions."""
    exchange, routing_key = address(event.type, contact_key)
    return Outgoing(exchange, routing_key, encode(event))
