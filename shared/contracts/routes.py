"""The routing table: which event goes through which exchange and key into which queue, from whom to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from shared.contracts import (
    delivery_changed,
    delivery_reported,
    item_quarantined,
    message_received,
    reply_requested,
    ticket_fact,
    webhook_replayed,
)

PARTITIONS: Final = 8
INBOUND_EXCHANGE: Final = "sportello.inbound"
EVENTS_EXCHANGE: Final = "sportello.events"
DEAD_EXCHANGE: Final = "sportello.dead"
DEAD_QUEUE: Final = "ticket_service.dead_letters"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. With `partitions` the key and the queue have one copy per partition."""

    events: tuple[str, ...]
    exchange: str
    routing_key: str
    queue: str
    producers: tuple[str, ...]
    consumer: str
    single_active: bool = False
    partitions: int = 0

    def queues(self) -> list[str]:
        """The queues' names on the broker."""
        if not self.partitions:
            return [self.queue]
        return [f"{self.queue}.{number}" for number in range(self.partitions)]

    def bindings(self) -> list[tuple[str, str]]:
        """(queue, binding key) pairs."""
        if not self.partitions:
            return [(self.queue, self.routing_key)]
        return [(f"{self.queue}.{n}", f"{self.routing_key}.{n}") for n in range(self.partitions)]


ROUTES: Final[tuple[Route, ...]] = (
    Route(
        events=(message_received.TYPE,),
        exchange=INBOUND_EXCHANGE,
        routing_key="inbound",
        queue="inbound",
        producers=("webhook_gateway",),
        consumer="ticket_service.worker",
        single_active=True,
        partitions=PARTITIONS,
    ),
    Route(
        events=(delivery_changed.TYPE,),
        exchange=EVENTS_EXCHANGE,
        routing_key=delivery_changed.TYPE,
        queue="ticket_service.deliveries",
        producers=("notifier",),
        consumer="ticket_service.worker",
    ),
    Route(
        events=(item_quarantined.TYPE,),
        exchange=EVENTS_EXCHANGE,
        routing_key=item_quarantined.TYPE,
        queue="ticket_service.quarantine",
        producers=("webhook_gateway", "notifier"),
        consumer="ticket_service.worker",
    ),
    Route(
        events=(reply_requested.TYPE,),
        exchange=EVENTS_EXCHANGE,
        routing_key=reply_requested.TYPE,
        queue="notifier.replies",
        producers=("ticket_service",),
        consumer="notifier.worker",
        single_active=True,
    ),
    Route(
        events=ticket_fact.TYPES,
        exchange=EVENTS_EXCHANGE,
        routing_key="ticket.*",
        queue="notifier.notifications",
        producers=("ticket_service",),
        consumer="notifier.worker",
        single_active=True,
    ),
    Route(
        events=(delivery_reported.TYPE,),
        exchange=EVENTS_EXCHANGE,
        routing_key=delivery_reported.TYPE,
        queue="notifier.receipts",
        producers=("webhook_gateway",),
        consumer="notifier.worker",
    ),
    Route(
        events=(webhook_replayed.TYPE,),
        exchange=EVENTS_EXCHANGE,
        routing_key=webhook_replayed.TYPE,
        queue="webhook_gateway.replays",
        producers=("ticket_service",),
        consumer="webhook_gateway.worker",
    ),
)


def partition(contact_key: str) -> int:
    """Which inbound partition a contact's messages go through, so that they stay in order."""
    return crc32(contact_key.encode()) % PARTITIONS


def address(event_type: str, contact_key: str = "") -> tuple[str, str]:
    """(exchange, routing key) an event is published with. KeyError for a type no route carries."""
    for route in ROUTES:
        if event_type in route.events:
            if route.partitions:
                return route.exchange, f"{route.routing_key}.{partition(contact_key)}"
            return route.exchange, event_type
    raise KeyError(event_type)


def queues_of(consumer: str) -> list[str]:
    """All queues a process consumes (`ticket_service.worker`), the dead letters among them."""
    queues = [queue for route in ROUTES if route.consumer == consumer for queue in route.queues()]
    return [*queues, DEAD_QUEUE] if consumer == "ticket_service.worker" else queues
