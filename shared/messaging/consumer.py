"""Adaptive batches without a timer: take what has arrived, handle it as one, acknowledge it as one."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from shared.messaging.connect import connect
from shared.messaging.handling import Handling, Interrupted
from shared.messaging.message import BatchHandler, Delivery, Park
from shared.messaging.parameters import parameters
from shared.messaging.topology import declare_on
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

MAX_BATCH: Final = 200
IDLE_SECONDS: Final = 1.0

Arrived = tuple[int, Delivery]
"""A delivery tag and its message."""


def next_batch(arrived: deque[Arrived], size: int) -> list[Arrived]:
    """Take the longest run of fresh messages from the front, or a single one that was delivered before.

    One of the messages that came back may be what killed the worker: alone, it cannot take others with it.
    """
    batch: list[Arrived] = []
    while arrived and len(batch) < size:
        if arrived[0][1].attempts:
            return batch or [arrived.popleft()]
        batch.append(arrived.popleft())
    return batch


class BatchConsumer:
    """Consumes queues over one channel, in the order of arrival; what becomes of a batch: see Handling."""

    def __init__(
        self,
        amqp_url: str,
        queues: Sequence[str],
        handler: BatchHandler,
        park: Park,
        stop: Stop,
        *,
        name: str = "consumer",
        batch_size: int = MAX_BATCH,
    ) -> None:
        self._params = parameters(amqp_url, name)
        self._queues = queues
        self._handling = Handling(handler, park, self._pause)
        self._stop = stop
        self._batch_size = batch_size
        self._arrived: deque[Arrived] = deque()
        self._seen: set[str] = set()
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def ready(self) -> bool:
        """Whether it is connected and consuming."""
        return self._channel is not None and self._channel.is_open

    def run(self) -> None:
        """Consume until the stop is requested; reconnects with growing pauses."""
        pause = 0.2
        while not self._stop.requested:
            try:
                connection, channel = self._open()
                pause = 0.2
                self._consume(connection, channel)
            except Interrupted:
                _log.warning("stopped with messages unanswered, they go back", waiting=len(self._arrived))
            except (AMQPError, OSError) as error:
                _log.warning("consumer lost the broker", reason=repr(error), retry_seconds=round(pause, 2))
                self._stop.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, 5.0)
            finally:
                self._close()

    def _open(self) -> tuple[pika.BlockingConnection, BlockingChannel]:
        self._arrived.clear()
        self._seen.clear()
        self._connection = connect(self._params)
        channel = self._connection.channel()
        declare_on(channel)
        channel.basic_qos(prefetch_count=self._batch_size)
        for queue in self._queues:
            channel.basic_consume(queue, self._receiver(queue))
        self._channel = channel
        _log.info("consumer connected", queues=list(self._queues))
        return self._connection, channel

    def _close(self) -> None:
        self._channel = None
        if self._connection is not None and self._connection.is_open:
            try:
                self._connection.close()
            except (AMQPError, OSError) as error:
                _log.info("consumer connection did not close cleanly", reason=repr(error))

    def _receiver(self, queue: str) -> Callable[..., None]:
        def receive(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            headers = dict(properties.headers or {})
            # Quorum queues count; where the count is missing there is still the flag.
            attempts = int(headers.get("x-delivery-count", 1 if method.redelivered else 0))
            if attempts and queue in self._seen:
                attempts = 1  # it came back behind the one that was in hand, and is not to blame
            self._seen.add(queue)
            delivery = Delivery(queue, method.exchange, method.routing_key, body, attempts, headers)
            self._arrived.append((method.delivery_tag, delivery))

        return receive

    def _pause(self, seconds: float) -> None:
        """Wait while pika reads and answers heartbeats."""
        if self._stop.requested or self._connection is None:
            raise Interrupted
        try:
            self._connection.sleep(seconds)
        except (AMQPError, OSError) as error:
            raise Interrupted from error

    def _consume(self, connection: pika.BlockingConnection, channel: BlockingChannel) -> None:
        while not self._stop.requested:
            connection.process_data_events(time_limit=0 if self._arrived else IDLE_SECONDS)
            self._handle_some(channel)
        # Take no more, but answer for what is here, so that it is not delivered a second time.
        for tag in list(channel.consumer_tags):
            channel.basic_cancel(tag)
        while self._arrived:
            self._handle_some(channel)

    def _handle_some(self, channel: BlockingChannel) -> None:
        batch = next_batch(self._arrived, self._batch_size)
        if batch:
            self._handling.handle([delivery for _, delivery in batch])
            channel.basic_ack(batch[-1][0], multiple=True)
