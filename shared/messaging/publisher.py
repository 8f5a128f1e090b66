"""One confirming publisher per process: many publishes in flight, the frames of one turn in one write."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from typing import Any

import structlog
from pika.exceptions import AMQPError

from shared.messaging.confirms import Confirms, Receipt
from shared.messaging.frames import publish_frames
from shared.messaging.loops import GreenLoop, Loop, ThreadLoop
from shared.messaging.message import BrokerUnavailable, Outgoing
from shared.messaging.parameters import parameters
from shared.messaging.topology import declare_topology
from shared.runtime.metrics import PUBLISHED

_log = structlog.get_logger(__name__)


class PipelinedPublisher:
    """Publishes with `mandatory` and confirms from any number of threads (or greenlets, `green=True`).

    It reconnects by itself; while there is no connection, or the broker blocks it, publish fails at once.
    """

    def __init__(self, amqp_url: str, *, green: bool, source: str) -> None:
        self._amqp_url = amqp_url
        self._params = parameters(amqp_url, f"{source} publisher")
        self._loop: Loop = GreenLoop() if green else ThreadLoop()
        self._confirms = Confirms()
        self._waiting: deque[tuple[Receipt, Sequence[Outgoing]]] = deque()
        self._flush_due = False
        self._lock = self._loop.new_lock()
        self._connection: Any = None
        self._channel: Any = None
        self._blocked = False
        self._stopping = False
        self._stopped = self._loop.new_signal()
        self._join: Any = None

    def start(self) -> None:
        """Begin connecting in the background."""
        self._join = self._loop.spawn(self._serve)

    def ready(self) -> bool:
        """Whether a publish would be tried at once."""
        return self._channel is not None and not self._blocked and not self._stopping

    def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
        """Return once the broker has confirmed every message.

        BrokerUnavailable: not connected, blocked, refused, returned as unroutable, or not confirmed within
        `timeout` seconds. Part of the messages may have arrived all the same: readers deduplicate.
        """
        if not messages:
            return
        if not self.ready():
            self._count(messages, "unavailable")
            raise BrokerUnavailable("no connection to the broker" if not self._blocked else "broker blocks")
        receipt = Receipt(len(messages), self._loop.new_signal())
        with self._lock:
            self._waiting.append((receipt, messages))
            schedule, self._flush_due = not self._flush_due, True
        if schedule:
            self._loop.soon(self._connection, self._flush)
        receipt.signal.wait(timeout)
        if receipt.failure is None and receipt.remaining > 0:
            receipt.failure = f"not confirmed within {timeout:g} s"
        if receipt.failure is not None:
            self._count(messages, "failed")
            raise BrokerUnavailable(receipt.failure)
        self._count(messages, "confirmed")

    def stop(self, timeout: float = 10.0) -> None:
        """Take nothing more, wait for what is in flight, close the connection. Seconds."""
        self._stopping = True
        self._stopped.set()
        connection = self._connection
        if connection is not None:
            self._loop.soon(connection, lambda: self._close_when_drained(connection))
        if self._join is not None:
            self._join(timeout)

    def _close_when_drained(self, connection: Any) -> None:
        if (self._confirms or self._waiting) and connection.is_open:
            connection.ioloop.call_later(0.02, lambda: self._close_when_drained(connection))
        elif connection.is_open:
            connection.close()

    def _count(self, messages: Sequence[Outgoing], result: str) -> None:
        PUBLISHED[result].inc(len(messages))

    def _serve(self) -> None:
        """Connect, serve, and connect again until told to stop."""
        pause = 0.1
        while not self._stopping:
            try:
                declare_topology(self._amqp_url)
            except (AMQPError, OSError) as error:
                _log.warning("broker not reachable", reason=repr(error), retry_seconds=round(pause, 2))
            else:
                pause = 0.1
                self._serve_one_connection()
            if not self._stopping:
                self._stopped.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, 3.0)

    def _serve_one_connection(self) -> None:
        self._connection = self._loop.connect(self._params, self._opened, self._lost, self._lost)
        self._loop.run(self._connection)
        self._connection = None

    def _opened(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._set_blocked(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._set_blocked(False))
        connection.channel(on_open_callback=self._channel_opened)

    def _set_blocked(self, blocked: bool) -> None:
        self._blocked = blocked
        _log.warning("broker blocks publishing" if blocked else "broker takes messages again")

    def _channel_opened(self, channel: Any) -> None:
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(
            lambda _channel, method, _properties, body: self._confirms.returned(body, method.reply_text)
        )
        channel.confirm_delivery(self._answered, callback=lambda _frame: self._confirming(channel))

    def _confirming(self, channel: Any) -> None:
        self._blocked = False
        self._channel = channel
        _log.info("publisher connected")

    def _channel_closed(self, channel: Any, reason: BaseException) -> None:
        if channel.connection.is_open and not self._stopping:
            _log.warning("publisher channel closed", reason=repr(reason))
            channel.connection.close()

    def _lost(self, connection: Any, reason: BaseException | str) -> None:
        """Opening failed, or the connection closed: forget its state, wake everybody, leave the loop."""
        if not self._stopping:
            _log.warning("publisher connection lost", reason=repr(reason))
        self._channel = None
        with self._lock:
            waiting, self._flush_due = list(self._waiting), False
            self._waiting.clear()
        for receipt, _ in waiting:
            receipt.fail("connection to the broker lost")
        self._confirms.fail_all("connection to the broker lost")
        self._loop.leave(connection)

    def _answered(self, method_frame: Any) -> None:
        method = method_frame.method
        if method.NAME == "Basic.Ack":
            self._confirms.acked(method.delivery_tag, method.multiple)
        else:
            self._confirms.nacked(method.delivery_tag, method.multiple)

    def _flush(self) -> None:
        """Write everything that waits as one piece."""
        with self._lock:
            waiting, self._flush_due = list(self._waiting), False
            self._waiting.clear()
        channel = self._channel
        if channel is None or not channel.is_open:
            for receipt, _ in waiting:
                receipt.fail("connection to the broker lost")
            return
        connection = channel.connection
        number, body_max = channel.channel_number, connection._body_max_length
        frames: list[bytes] = []
        for receipt, messages in waiting:
            for message in messages:
                self._confirms.sent(receipt, message.body)
                frames += publish_frames(
                    number, message.exchange, message.routing_key, message.body, body_max
                )
        # pika's own method for ready-made frames: it keeps the byte counts, we save encoding and many writes.
        connection._output_marshaled_frames([b"".join(frames)])
