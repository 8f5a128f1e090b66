"""The relay: in order, forgotten only when confirmed, twice rather than never."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from shared.contracts.catalogue import CONTRACTS, decode
from shared.contracts.envelope import Event, new_traceparent
from shared.messaging.message import BrokerUnavailable, Outgoing, Unavailable
from shared.mongo.connect import connect, database
from shared.outbox.entry import outbox_document
from shared.outbox.relay import OutboxSource, Relay
from shared.outbox.source import MongoOutbox
from shared.runtime.stop import Stop
from tests.support.memory_broker import MemoryBroker
from tests.support.waiting import wait_until


def _event(number: int) -> Event:
    return Event(
        id=f"event {number}",
        source="test",
        type="ticket.opened",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        subject="TT1",
        data=CONTRACTS["ticket.opened"].example,
        traceparent=new_traceparent(),
    )


class MemoryOutbox:
    """The outbox collection's twin."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.is_active = True
        self.away = 0
        self.released = False

    def add(self, event: Event) -> None:
        self.entries.append(outbox_document(event))

    def active(self) -> bool:
        return self.is_active

    def oldest(self) -> list[dict[str, Any]]:
        if self.away:
            self.away -= 1
            raise Unavailable("told to be away")
        return sorted(self.entries, key=lambda entry: entry["_id"])[:500]

    def remove(self, ids: Sequence[Any]) -> None:
        self.entries = [entry for entry in self.entries if entry["_id"] not in ids]

    def wait_for_more(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.entries and time.monotonic() < deadline:
            time.sleep(0.005)

    def backlog(self) -> tuple[int, float]:
        return len(self.entries), 0.0

    def release(self) -> None:
        self.released = True


class _Source:
    """A source with a way to add to it."""

    def __init__(self, source: OutboxSource, add: Any) -> None:
        self.source = source
        self.add = add


@pytest.fixture(params=["memory", pytest.param("mongodb", marks=pytest.mark.integration)])
def outbox(request: pytest.FixtureRequest) -> Iterator[_Source]:
    if request.param == "memory":
        memory = MemoryOutbox()
        yield _Source(memory, memory.add)
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        db = database(client, request.getfixturevalue("database_name"))
        yield _Source(MongoOutbox(db, "test"), lambda event: db["outbox"].insert_one(outbox_document(event)))


def test_entries_are_published_in_order_and_then_forgotten(outbox: _Source) -> None:
    broker = MemoryBroker()
    for number in range(40):
        outbox.add(_event(number))
    relay = Relay(outbox.source, broker.publisher(), Stop())
    assert relay.relay_once() == 40
    assert [event.id for event in broker.events()] == [f"event {number}" for number in range(40)]
    assert relay.relay_once() == 0


def test_what_the_broker_refused_stays_and_goes_out_later(outbox: _Source) -> None:
    broker = MemoryBroker()
    outbox.add(_event(1))
    broker.fail()
    relay = Relay(outbox.source, broker.publisher(), Stop())
    with pytest.raises(BrokerUnavailable):
        relay.relay_once()
    assert relay.relay_once() == 1
    assert len(broker.events()) == 1


def test_killed_between_publish_and_forget_it_publishes_twice(outbox: _Source) -> None:
    broker = MemoryBroker()
    outbox.add(_event(1))

    class DiesAfterPublish:
        def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
            broker.publisher().publish(messages)
            raise KeyboardInterrupt

        def ready(self) -> bool:
            return True

    with pytest.raises(KeyboardInterrupt):
        Relay(outbox.source, DiesAfterPublish(), Stop()).relay_once()
    Relay(outbox.source, broker.publisher(), Stop()).relay_once()
    assert [event.id for event in broker.events()] == ["event 1", "event 1"]


def test_a_running_relay_is_woken_by_a_new_entry(outbox: _Source) -> None:
    broker, stop = MemoryBroker(), Stop()
    thread = threading.Thread(target=Relay(outbox.source, broker.publisher(), stop).run)
    thread.start()
    try:
        for number in range(3):
            outbox.add(_event(number))
            wait_until(partial(_has_published, broker, number + 1), seconds=10)
    finally:
        stop.request()
        thread.join(10)
    assert not thread.is_alive()
    assert [decode(message.body).id for message in broker.published] == ["event 0", "event 1", "event 2"]


def _has_published(broker: MemoryBroker, messages: int) -> bool:
    return len(broker.published) == messages


def test_it_waits_while_the_database_is_away() -> None:
    memory, broker, stop = MemoryOutbox(), MemoryBroker(), Stop()
    memory.add(_event(1))
    memory.away = 2
    thread = threading.Thread(target=Relay(memory, broker.publisher(), stop).run)
    thread.start()
    wait_until(lambda: broker.published)
    stop.request()
    thread.join(10)
    assert memory.released


def test_a_relay_without_the_lease_publishes_nothing() -> None:
    memory, broker, stop = MemoryOutbox(), MemoryBroker(), Stop()
    memory.add(_event(1))
    memory.is_active = False
    thread = threading.Thread(target=Relay(memory, broker.publisher(), stop).run)
    thread.start()
    stop.wait(0.2)
    stop.request()
    thread.join(10)
    assert broker.published == []
