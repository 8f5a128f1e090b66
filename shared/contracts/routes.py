"""The routing table: which event goes through which exchange and key into which queue, from whom to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from shared.contracts import (
    channel_reported,
    chat_offered,
    chat_posted,
    chat_signalled,
    contact_erased,
    delivery_changed,
    delivery_reported,
    item_quarantined,
    mail_replayed,
    mail_requested,
    media_failed,
    media_requested,
    media_stored,
    message_received,
    presence_requested,
    reply_requested,
    template_changed,
    template_reported,
    template_requested,
    ticket_fact,
    visitor_acted,
    webhook_replayed,
)

PARTITIONS: Final = 8
INBOUND_EXCHANGE: Final = "sportello.inbound"
EVENTS_EXCHANGE: Final = "sportello.events"
DEAD_EXCHANGE: Final = "sportello.dead"
DEAD_QUEUE: Final = "ticket_service.dead_letters"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. With `partitions` the key and the queue have one copy per partition.

    An empty `routing_key` means that each event is published with its own type as key.
    """

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
            return [(self.queue, event) for event in self.events]
        return [(f"{self.queue}.{n}", f"{self.routing_key}.{n}") for n in range(self.partitions)]


def _events(
    events: tuple[str, ...], queue: str, producers: tuple[str, ...], *, single_active: bool = False
) -> Route:
    """A route whose keys are the types of its events; the queue is named after who consumes it."""
    consumer = f"{queue.partition('.')[0]}.worker"
    return Route(events, EVENTS_EXCHANGE, "", queue, producers, consumer, single_active)


_RECEIVERS: Final = ("webhook_gateway", "mail_collector")

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        events=(message_received.TYPE,),
        exchange=INBOUND_EXCHANGE,
        routing_key="inbound",
        queue="inbound",
        producers=_RECEIVERS,
        consumer="ticket_service.worker",
        single_active=True,
        partitions=PARTITIONS,
    ),
    _events((media_stored.TYPE, media_failed.TYPE), "ticket_service.media", _RECEIVERS),
    _events((delivery_changed.TYPE,), "ticket_service.deliveries", ("notifier",)),
    _events((template_changed.TYPE,), "ticket_service.templates", ("notifier",)),
    _events((channel_reported.TYPE,), "ticket_service.channels", (*_RECEIVERS, "notifier")),
    _events((item_quarantined.TYPE,), "ticket_service.quarantine", (*_RECEIVERS, "notifier")),
    _events((reply_requested.TYPE,), "notifier.replies", ("ticket_service",), single_active=True),
    _events(ticket_fact.TYPES, "notifier.notifications", ("ticket_service",), single_active=True),
    _events((delivery_reported.TYPE,), "notifier.receipts", _RECEIVERS),
    _events(
        (template_reported.TYPE, template_requested.SUBMITTED, template_requested.SYNC_REQUESTED),
        "notifier.templates",
        ("webhook_gateway", "ticket_service"),
    ),
    _events((presence_requested.TYPE,), "notifier.presence", ("ticket_service",)),
    _events((mail_requested.TYPE,), "notifier.mails", ("ticket_service",)),
    _events((contact_erased.TYPE,), "notifier.erasures", ("ticket_service",)),
    _events((visitor_acted.TYPE,), "ticket_service.visitors", ("webhook_gateway",)),
    _events(
        (chat_posted.TYPE,),
        "webhook_gateway.chats",
        ("webhook_gateway", "notifier", "ticket_service"),
        single_active=True,
    ),
    _events((chat_signalled.TYPE,), "webhook_gateway.signals", ("notifier",)),
    _events((chat_offered.TYPE,), "webhook_gateway.offers", ("ticket_service",)),
    _events((contact_erased.TYPE,), "webhook_gateway.erasures", ("ticket_service",)),
    _events((media_requested.TYPE,), "webhook_gateway.media", ("webhook_gateway", "ticket_service")),
    _events((webhook_replayed.TYPE,), "webhook_gateway.replays", ("ticket_service",)),
    _events((mail_replayed.TYPE,), "mail_collector.replays", ("ticket_service",)),
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
