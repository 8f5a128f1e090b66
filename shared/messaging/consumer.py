"""Adaptive batches without a timer: take what has arrived, handle it as one, acknowledge it as one."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from shared.messaging.message import BatchHandler, Delivery, Park, Poison, Unavailable
from shared.messaging.parameters import parameters
from shared.messaging.topology import declare_on
from shared.runtime.metrics import CONSUMED
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

MAX_BATCH: Final = 200
MAX_ATTEMPTS: Final = 5
"""A message that was delivered this often without an answer has taken the process down with it each time."""
TRIES: Final = 3
IDLE_SECONDS: Final = 1.0

_Arrived = tuple[int, Delivery]


class _Stopped(Exception):
    """Asked to stop while the database was away: the messages go back to their queue."""


class BatchConsumer:
    """Consumes some queues over one channel, in the order of arrival, one batch at a time.

    - A batch that fails is handled one by one; a message delivered before is always handled alone.
    - Poison is parked with its reason, then acknowledged; its neighbours are not touched.
    - Unavailable (database away): nothing is refused, it waits and tries again, heartbeats served.
    """

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
        self._handler = handler
        self._park = park
        self._stop = stop
        self._batch_size = batch_size
        self._arrived: deque[_Arrived] = deque()
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
                self._open()
                pause = 0.2
                self._consume()
            except _Stopped:
                _log.warning("stopped while the database was away", unanswered=len(self._arrived))
            except (AMQPError, OSError) as error:
                _log.warning("consumer lost the broker", reason=repr(error), retry_seconds=round(pause, 2))
                self._stop.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, 5.0)
            finally:
                self._close()

    def _open(self) -> None:
        self._arrived.clear()
        self._connection = pika.BlockingConnection(self._params)
        channel = self._connection.channel()
        declare_on(channel)
        channel.basic_qos(prefetch_count=self._batch_size)
        for queue in self._queues:
            channel.basic_consume(queue, self._receiver(queue))
        self._channel = channel
        _log.info("consumer connected", queues=list(self._queues))

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
            # Quorum queues count; a broker that does not say still says `redelivered`.
            attempts = int(headers.get("x-delivery-count", 1 if method.redelivered else 0))
            delivery = Delivery(queue, method.exchange, method.routing_key, body, attempts, headers)
            self._arrived.append((method.delivery_tag, delivery))

        return receive

    def _serve(self, seconds: float) -> None:
        """Give pika the time to read deliveries and answer heartbeats."""
        assert self._connection is not None  # noqa: S101 - only called between _open and _close
        self._connection.process_data_events(time_limit=seconds)

    def _consume(self) -> None:
        while not self._stop.requested:
            self._serve(0 if self._arrived else IDLE_SECONDS)
            self._handle_arrived()
        self._finish()

    def _finish(self) -> None:
        """Stop taking, handle what is already here, so that nothing goes back for a second delivery."""
        assert self._channel is not None  # noqa: S101 - only called between _open and _close
        for tag in list(self._channel.consumer_tags):
            self._channel.basic_cancel(tag)
        while self._arrived:
            self._handle_arrived()

    def _handle_arrived(self) -> None:
        batch = self._next_batch()
        if not batch:
            return
        if not (len(batch) > 1 and self._try_batch(batch)):
            for arrived in batch:
                self._handle_alone(arrived)
        assert self._channel is not None  # noqa: S101 - only called between _open and _close
        self._channel.basic_ack(batch[-1][0], multiple=True)

    def _next_batch(self) -> list[_Arrived]:
        """The longest run of fresh messages, or a single one that was delivered before."""
        batch: list[_Arrived] = []
        while self._arrived and len(batch) < self._batch_size:
            if self._arrived[0][1].attempts:
                return batch or [self._arrived.popleft()]
            batch.append(self._arrived.popleft())
        return batch

    def _try_batch(self, batch: Sequence[_Arrived]) -> bool:
        try:
            self._handle_when_available([delivery for _, delivery in batch])
        except (AMQPError, _Stopped):
            raise
        except Poison:
            return False
        except Exception:
            _log.warning("batch failed, its messages are handled one by one", size=len(batch), exc_info=True)
            return False
        self._count(batch, "handled")
        return True

    def _handle_alone(self, arrived: _Arrived) -> None:
        delivery = arrived[1]
        if delivery.attempts > MAX_ATTEMPTS:
            self._put_aside(
                arrived, "crashed-the-worker", f"delivered {delivery.attempts + 1} times, never answered"
            )
            return
        pause = 0.2
        for attempt in range(1, TRIES + 1):
            try:
                self._handle_when_available([delivery])
            except (AMQPError, _Stopped):
                raise
            except Poison as poison:
                self._put_aside(arrived, poison.reason, poison.detail)
                return
            except Exception as error:
                if attempt == TRIES:
                    _log.exception("message cannot be handled", queue=delivery.queue)
                    self._put_aside(arrived, "handler-error", f"{type(error).__name__}: {error}"[:2000])
                    return
                self._serve(pause)
                pause *= 4
            else:
                self._count([arrived], "handled")
                return

    def _put_aside(self, arrived: _Arrived, reason: str, detail: str) -> None:
        self._until_available(lambda: self._park(arrived[1], reason, detail))
        _log.warning("message parked", queue=arrived[1].queue, reason=reason)
        self._count([arrived], "parked")

    def _handle_when_available(self, deliveries: Sequence[Delivery]) -> None:
        self._until_available(lambda: self._handler(deliveries))

    def _until_available(self, call: Callable[[], None]) -> None:
        """Repeat while what it needs is away; the broker sees a slow consumer, not a failing one."""
        pause = 0.1
        while True:
            try:
                call()
            except Unavailable as error:
                _log.warning("waiting for the database", reason=str(error), retry_seconds=round(pause, 2))
                if self._stop.requested:
                    raise _Stopped from error
                self._serve(pause)
                pause = min(pause * 2, 2.0)
            else:
                return

    def _count(self, batch: Sequence[_Arrived], result: str) -> None:
        for queue, messages in Counter(delivery.queue for _, delivery in batch).items():
            CONSUMED.labels(queue, result).inc(messages)
