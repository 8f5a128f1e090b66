"""The broker's in-memory twin: routes by the same table, hands out batches under the same rules."""

from __future__ import annotations

import fnmatch
from collections import defaultdict, deque
from collections.abc import Sequence

from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.contracts.routes import ROUTES
from shared.messaging.consumer import MAX_BATCH, Arrived, next_batch
from shared.messaging.handling import Handling, Interrupted
from shared.messaging.message import BatchHandler, BrokerUnavailable, Delivery, Outgoing, Park

MAX_PAUSES = 20
"""No time passes here: what is still away after so many pauses stays away."""


class MemoryBroker:
    """Queues in a dict. `published` keeps everything ever confirmed, in order."""

    def __init__(self) -> None:
        self.queues: dict[str, deque[Delivery]] = defaultdict(deque)
        self.published: list[Outgoing] = []
        self._failures = 0
        self._bindings = [(route.exchange, key, queue) for route in ROUTES for queue, key in route.bindings()]

    def publisher(self) -> MemoryPublisher:
        """A publisher to this broker."""
        return MemoryPublisher(self)

    def fail(self, times: int = 1) -> None:
        """Refuse the next publish calls."""
        self._failures = times

    def events(self, event_type: str | None = None) -> list[Event]:
        """Everything published, decoded; of one type when given."""
        events = [decode(message.body) for message in self.published]
        return [event for event in events if event_type in (None, event.type)]

    def take(self, messages: Sequence[Outgoing]) -> None:
        """All or nothing: confirm, or raise BrokerUnavailable."""
        if self._failures:
            self._failures -= 1
            raise BrokerUnavailable("told to fail")
        homes = [(message, self._route(message)) for message in messages]
        if not all(queues for _, queues in homes):
            raise BrokerUnavailable("returned: NO_ROUTE")
        for message, queues in homes:
            self.published.append(message)
            for queue in queues:
                delivery = Delivery(queue, message.exchange, message.routing_key, message.body)
                self.queues[queue].append(delivery)

    def _route(self, message: Outgoing) -> list[str]:
        return [
            queue
            for exchange, key, queue in self._bindings
            if exchange == message.exchange and fnmatch.fnmatchcase(message.routing_key, key)
        ]

    def drain(
        self, queues: Sequence[str], handler: BatchHandler, park: Park, *, batch_size: int = MAX_BATCH
    ) -> int:
        """Consume these queues until they are empty, under the consumer's rules; how many messages."""

        pauses_left = MAX_PAUSES

        def pause(_seconds: float) -> None:
            nonlocal pauses_left
            pauses_left -= 1
            if pauses_left < 0:
                raise Interrupted

        handling = Handling(handler, park, pause)
        arrived: deque[Arrived] = deque()
        for queue in queues:
            while self.queues[queue]:
                arrived.append((len(arrived) + 1, self.queues[queue].popleft()))
        total = len(arrived)
        while batch := next_batch(arrived, batch_size):
            handling.handle([delivery for _, delivery in batch])
        return total


class MemoryPublisher:
    """The publisher's twin."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
        """Confirmed at once, or BrokerUnavailable."""
        self._broker.take(messages)

    def ready(self) -> bool:
        """Always connected."""
        return True
