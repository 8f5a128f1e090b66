"""One suite for both brokers: RabbitMQ and its in-memory twin must be indistinguishable to a service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from shared.contracts.routes import ROUTES, address
from shared.messaging.consumer import BatchConsumer
from shared.messaging.message import BrokerUnavailable, Delivery, Outgoing, Poison, Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.runtime.stop import Stop
from tests.support.memory_broker import MemoryBroker
from tests.support.waiting import wait_until

ALL_QUEUES = [queue for route in ROUTES for queue in route.queues()]


@dataclass
class Reader:
    """A handler that remembers, refuses poison, and parks."""

    handled: list[Delivery] = field(default_factory=list)
    parked: list[tuple[Delivery, str]] = field(default_factory=list)

    def handle(self, batch: Sequence[Delivery]) -> None:
        if any(delivery.body == b"poison" for delivery in batch):
            raise Poison("malformed-event", "poison")
        self.handled += batch

    def park(self, delivery: Delivery, reason: str, detail: str) -> None:
        self.parked.append((delivery, reason))

    def answered(self) -> int:
        return len(self.handled) + len(self.parked)


@dataclass
class Broker:
    """What the suite needs of a broker."""

    publisher: Publisher
    read: Callable[[Reader, Sequence[str], int], None]
    """Consume these queues until so many messages are answered."""


def _memory() -> Iterator[Broker]:
    broker = MemoryBroker()
    yield Broker(broker.publisher(), lambda reader, queues, _n: _drain(broker, reader, queues))


def _drain(broker: MemoryBroker, reader: Reader, queues: Sequence[str]) -> None:
    broker.drain(queues, reader.handle, reader.park)


def _rabbitmq(url: str) -> Iterator[Broker]:
    publisher = PipelinedPublisher(url, green=False, source="test")
    publisher.start()
    wait_until(publisher.ready)

    def read(reader: Reader, queues: Sequence[str], messages: int) -> None:
        stop = Stop()
        consumer = BatchConsumer(url, queues, reader.handle, reader.park, stop)
        thread = threading.Thread(target=consumer.run)
        thread.start()
        try:
            wait_until(lambda: reader.answered() >= messages)
        finally:
            stop.request()
            thread.join(10)
        assert not thread.is_alive()

    yield Broker(publisher, read)
    publisher.stop()


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=pytest.mark.integration)])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    if request.param == "memory":
        yield from _memory()
    else:
        yield from _rabbitmq(request.getfixturevalue("amqp_vhost_url"))


def _inbound(contact: str, body: bytes) -> Outgoing:
    return Outgoing(*address("message.received", contact), body)


def test_every_event_of_the_table_reaches_the_queues_of_those_who_listen_and_no_other(broker: Broker) -> None:
    listened = [event for route in ROUTES for event in route.events]
    sent = [Outgoing(*address(event, "someone"), event.encode()) for event in sorted(set(listened))]
    broker.publisher.publish(sent)
    reader = Reader()
    broker.read(reader, ALL_QUEUES, len(listened))
    got = sorted((delivery.body.decode(), delivery.queue.rsplit(".", 1)[0]) for delivery in reader.handled)
    expected = sorted(
        (event, route.queue if route.partitions else route.queue.rsplit(".", 1)[0])
        for route in ROUTES
        for event in route.events
    )
    assert got == expected


def test_messages_of_one_contact_stay_in_order(broker: Broker) -> None:
    contacts = [f"contact-{number}" for number in range(20)]
    for number in range(30):
        broker.publisher.publish([_inbound(contact, f"{contact}:{number}".encode()) for contact in contacts])
    reader = Reader()
    broker.read(reader, ALL_QUEUES, 600)
    for contact in contacts:
        mine = [d.body.decode() for d in reader.handled if d.body.startswith(f"{contact}:".encode())]
        assert mine == [f"{contact}:{number}" for number in range(30)]


def test_a_message_without_a_queue_is_not_confirmed(broker: Broker) -> None:
    with pytest.raises(BrokerUnavailable, match="returned"):
        broker.publisher.publish([Outgoing("sportello.events", "nobody.listens", b"{}")])


def test_poison_is_parked_and_its_neighbours_are_handled(broker: Broker) -> None:
    broker.publisher.publish([_inbound("anna", body) for body in (b"1", b"poison", b"2")])
    reader = Reader()
    broker.read(reader, ALL_QUEUES, 3)
    assert [delivery.body for delivery in reader.handled] == [b"1", b"2"]
    assert [(delivery.body, reason) for delivery, reason in reader.parked] == [(b"poison", "malformed-event")]


def test_many_threads_publish_and_nothing_is_lost(broker: Broker) -> None:
    def publish(worker: int) -> None:
        for number in range(25):
            broker.publisher.publish([_inbound(f"c{worker}", f"{worker}/{number}".encode())], timeout=10)

    threads = [threading.Thread(target=publish, args=(worker,)) for worker in range(16)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert time.monotonic() - began < 60
    reader = Reader()
    broker.read(reader, ALL_QUEUES, 400)
    assert len({delivery.body for delivery in reader.handled}) == 400


def test_a_body_larger_than_a_frame_arrives_whole(broker: Broker) -> None:
    body = bytes(range(256)) * 2_000
    broker.publisher.publish([_inbound("anna", body)])
    reader = Reader()
    broker.read(reader, ALL_QUEUES, 1)
    assert reader.handled[0].body == body
