"""A broker that takes connections and does not answer on them, as one does while it starts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pika
import pytest

from deploy.local.rabbitmq import BrokerError, wait_ready
from shared.messaging.connect import connect
from shared.messaging.consumer import BatchConsumer
from shared.messaging.publisher import PipelinedPublisher
from shared.messaging.topology import declare_topology
from shared.runtime.stop import Stop
from tests.support.waiting import wait_until


class Silent:
    """Its address, and how often somebody came."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self._taken: list[socket.socket] = []
        port = server.getsockname()[1]
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/?socket_timeout=0.2&stack_timeout=0.2"

    @property
    def visits(self) -> int:
        return len(self._taken)

    def take(self) -> None:
        with suppress(OSError):
            while True:
                self._taken.append(self._server.accept()[0])

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        for each in (self._server, *self._taken):
            each.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    broker = Silent(socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=broker.take)
    thread.start()
    yield broker
    broker.close()
    thread.join()


def test_it_is_an_error_that_whoever_connects_expects(silent: Silent) -> None:
    with pytest.raises(pika.exceptions.AMQPError, match="no AMQP handshake"):
        connect(pika.URLParameters(silent.url))
    with pytest.raises(pika.exceptions.AMQPError):
        declare_topology(silent.url)


def test_whoever_waits_for_it_goes_on_waiting(silent: Silent) -> None:
    with pytest.raises(BrokerError, match="did not answer"):
        wait_ready(silent.url, 0.5)


@contextmanager
def _publishing(url: str) -> Iterator[None]:
    publisher = PipelinedPublisher(url, green=False, source="test")
    publisher.start()
    try:
        yield
    finally:
        publisher.stop()


@contextmanager
def _consuming(url: str) -> Iterator[None]:
    stop = Stop()
    consumer = BatchConsumer(url, ["inbound.0"], lambda _batch: None, lambda *_parked: None, stop)
    thread = threading.Thread(target=consumer.run)
    thread.start()
    try:
        yield
    finally:
        stop.request()
        thread.join()


@pytest.mark.parametrize("at_work", [_publishing, _consuming])
def test_publishers_and_consumers_come_again_and_again(
    silent: Silent, at_work: Callable[[str], AbstractContextManager[None]]
) -> None:
    with at_work(silent.url):
        wait_until(lambda: silent.visits >= 3)
