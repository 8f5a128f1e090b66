"""The real gateway and a real broker that stops, blocks, refuses: 200 means kept, in order per contact."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pika
import pytest

from deploy.local.private import PrivateRabbitMQ
from services.webhook_gateway.ports import Item
from shared.contracts import message_received
from shared.contracts.envelope import Event
from shared.contracts.routes import address
from tests.support.waiting import wait_until
from tests.webhook_gateway.processes import Processes, queued
from tests.webhook_gateway.spool.disks import small_disk
from tests.webhook_gateway.whatsapp import RECEIVED_AT, cloud, encoded, message, webhook

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(300)]

OUTAGE_SECONDS: Final = float(os.environ.get("SPORTELLO_TEST_OUTAGE_SECONDS", "60"))
"""How long the broker is away: a minute, as when a node is replaced."""
CONTACTS: Final = [f"39335103224{digit}" for digit in range(8)]


class Customers:
    """Each writes one message after another; `answers` has every status, `accepted` the ids answered 200."""

    def __init__(self, gateway: Processes, pause: float = 0.02) -> None:
        """pause: seconds from an answer to the next message."""
        self.accepted: dict[str, list[str]] = {contact: [] for contact in CONTACTS}
        self.answers: list[int] = []
        self.slowest = 0.0
        self._gateway = gateway
        self._pause = pause
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(contact,)) for contact in CONTACTS]

    def __enter__(self) -> Customers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)

    def more(self, number: int) -> Callable[[], bool]:
        """Whether so many more have been answered from now on."""
        target = len(self.answers) + number
        return lambda: len(self.answers) >= target

    def _write(self, contact: str) -> None:
        for turn in itertools.count():
            if self._done.wait(self._pause):
                return
            wamid = f"wamid.{contact}.{turn}"
            began = time.monotonic()
            try:
                status = self._gateway.post(encoded(webhook([text(contact, wamid)])))
            except OSError:
                continue  # the gateway was killed: nothing was promised
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.answers.append(status)
            if status == 200:
                self.accepted[contact].append(wamid)


def text(contact: str, wamid: str) -> dict[str, object]:
    changed: dict[str, object] = message(id=wamid) | {"from": contact}
    return changed


def check_everything_arrived(url: str, accepted: dict[str, list[str]]) -> None:
    """Each accepted message is in its queue, those of one contact in order; doubles are their readers'."""
    check_arrived(queued(url), accepted)


def check_arrived(events: Sequence[Event], accepted: dict[str, list[str]]) -> None:
    """The same for messages taken out of their queues."""
    arrived: dict[str, list[str]] = {}
    for event in events:
        wamid = event.data.provider_message_id
        arrived.setdefault(wamid.split(".")[1], []).append(wamid)
    for contact, wamids in accepted.items():
        promised = set(wamids)
        got = [wamid for wamid in dict.fromkeys(arrived.get(contact, [])) if wamid in promised]
        assert got == wamids


def check_spool_is_empty(gateway: Processes) -> None:
    wait_until(lambda: gateway.metric("spool_entries") == 0, 60, every=0.2)
    assert gateway.metric("spool_bytes") == gateway.metric("spool_oldest_seconds") == 0
    assert not list(gateway.spool.glob("*spool*"))
    assert gateway.get("/readyz")[0] == 200


@contextlib.contextmanager
def running(broker: PrivateRabbitMQ, folder: Path, spool: Path | None = None) -> Iterator[Processes]:
    """A gateway with two workers."""
    gateway = Processes(broker.url, folder, workers=2, spool=spool)
    try:
        gateway.web()
        # Each worker declares the queues when it connects, and would repair what a test breaks.
        wait_until(lambda: gateway.log.read_text().count("publisher connected") == 2)
        yield gateway
    finally:
        gateway.stop()
        if broker.pid is not None:
            queued(broker.url)


def test_the_broker_is_away_under_traffic(private_rabbitmq: PrivateRabbitMQ, tmp_path: Path) -> None:
    with running(private_rabbitmq, tmp_path) as gateway:
        with Customers(gateway, pause=0.2) as customers:
            wait_until(customers.more(50))
            private_rabbitmq.kill()
            until = time.monotonic() + OUTAGE_SECONDS
            wait_until(lambda: gateway.metric("spool_entries") > 50, 30, every=0.2)
            # Within its first seconds a worker says that it is still connecting.
            wait_until(lambda: gateway.get("/readyz")[0] == 200 and "degraded" in gateway.get("/readyz")[1])
            wait_until(lambda: time.monotonic() > until, OUTAGE_SECONDS + 1)
            private_rabbitmq.start()
            wait_until(lambda: gateway.metric("spool_entries") == 0, 60, every=0.2)
            wait_until(customers.more(200), 60)
        assert set(customers.answers) == {200}
        assert customers.slowest < 6
        check_spool_is_empty(gateway)
        assert "degraded" not in gateway.get("/readyz")[1]
        assert gateway.metric("spooled_total") == gateway.metric("spool_drained_total") > 0
        check_everything_arrived(private_rabbitmq.url, customers.accepted)


def test_the_gateway_is_killed_while_the_broker_is_away(
    private_rabbitmq: PrivateRabbitMQ, tmp_path: Path
) -> None:
    with running(private_rabbitmq, tmp_path) as gateway:
        with Customers(gateway) as customers:
            wait_until(customers.more(20))
            private_rabbitmq.kill()
            wait_until(customers.more(100), 30)
            gateway.kill()
            gateway.web()  # ready without the broker, after a moment
            wait_until(customers.more(50), 30)
            gateway.kill()
            gateway.web()
            private_rabbitmq.start()
            wait_until(customers.more(50), 30)
        assert set(customers.answers) == {200}
        check_spool_is_empty_but_for_unfinished(gateway)
        check_everything_arrived(private_rabbitmq.url, customers.accepted)


def check_spool_is_empty_but_for_unfinished(gateway: Processes) -> None:
    """What a killed process had half-written is cleared away a little later."""
    wait_until(lambda: not list(gateway.spool.glob("*spool*")), 60)
    check_spool_is_empty(gateway)


def test_a_full_disk_means_503_and_not_200(private_rabbitmq: PrivateRabbitMQ, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 262_144) as disk, running(private_rabbitmq, tmp_path, disk) as gateway:
        private_rabbitmq.kill()
        accepted: dict[str, list[str]] = {CONTACTS[0]: []}
        answers = []
        for turn in range(200):
            wamid = f"wamid.{CONTACTS[0]}.{turn}"
            answers.append(gateway.post(encoded(webhook([text(CONTACTS[0], wamid)]))))
            if answers[-1] == 200:
                accepted[CONTACTS[0]].append(wamid)
            if answers[-10:] == [503] * 10:
                break
        assert answers[-10:] == [503] * 10
        assert set(answers) == {200, 503}
        assert len(accepted[CONTACTS[0]]) > 10
        wait_until(lambda: gateway.get("/readyz")[0] == 503 and "spool" in gateway.get("/readyz")[1])
        assert gateway.metric("spool_refused_total") >= 10
        private_rabbitmq.start()
        check_spool_is_empty(gateway)
        check_everything_arrived(private_rabbitmq.url, accepted)


def test_a_broker_that_blocks_for_want_of_memory(private_rabbitmq: PrivateRabbitMQ, tmp_path: Path) -> None:
    node = private_rabbitmq.node
    with running(private_rabbitmq, tmp_path) as gateway:
        node.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.00001)")
        try:
            with Customers(gateway) as customers:
                wait_until(customers.more(200), 30)
        finally:
            node.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.4)")
        assert set(customers.answers) == {200}
        assert customers.slowest < 5
        assert gateway.metric("spooled_total") > 100
        check_spool_is_empty(gateway)
        check_everything_arrived(private_rabbitmq.url, customers.accepted)


@contextlib.contextmanager
def unbound(broker: PrivateRabbitMQ, exchange: str, queue: str) -> Iterator[None]:
    """Nothing is routed to this queue: a message for it comes back."""
    with contextlib.closing(pika.BlockingConnection(pika.URLParameters(broker.url))) as connection:
        connection.channel().queue_unbind(queue, exchange, queue)
    try:
        yield
    finally:
        with contextlib.closing(pika.BlockingConnection(pika.URLParameters(broker.url))) as connection:
            connection.channel().queue_bind(queue, exchange, queue)


@contextlib.contextmanager
def full(broker: PrivateRabbitMQ, _exchange: str, queue: str) -> Iterator[None]:
    """This queue takes one message and refuses the others."""
    policy = f'<<"/">>, <<"full">>, <<"^{queue}$">>, [{{<<"max-length">>, 1}}], 9, <<"queues">>, <<"test">>'
    broker.node.evaluate(f"rabbit_policy:set({policy})")
    try:
        yield
    finally:
        broker.node.evaluate('rabbit_policy:delete(<<"/">>, <<"full">>, <<"test">>)')


def test_a_queue_that_is_gone_or_full_holds_up_only_its_own(
    private_rabbitmq: PrivateRabbitMQ, tmp_path: Path
) -> None:
    with running(private_rabbitmq, tmp_path) as gateway:
        for stuck in (unbound, full):
            check_it_holds_up_only_its_own(gateway, private_rabbitmq, stuck)


def check_it_holds_up_only_its_own(
    gateway: Processes,
    broker: PrivateRabbitMQ,
    stuck: Callable[[PrivateRabbitMQ, str, str], contextlib.AbstractContextManager[None]],
) -> None:
    exchange, queue = partition_of(CONTACTS[0])
    same = {contact for contact in CONTACTS if partition_of(contact) == (exchange, queue)}
    with stuck(broker, exchange, queue):
        with Customers(gateway) as customers:
            wait_until(customers.more(400), 60)
        assert set(customers.answers) == {200}
        # Only theirs stay; a full queue has taken one or the other of them.
        most = sum(len(customers.accepted[contact]) for contact in same)
        wait_until(lambda: 0 < gateway.metric("spool_entries") <= most, 30, every=0.2)
        assert gateway.metric("spool_entries") > most / 2
        others = queued(broker.url, leave={queue})
    check_spool_is_empty(gateway)
    check_arrived([*others, *queued(broker.url)], customers.accepted)


def partition_of(contact: str) -> tuple[str, str]:
    """Exchange and queue of a contact's messages."""
    channel = cloud()
    (item,) = channel.normalise(encoded(webhook([text(contact, "wamid.x")])), "", RECEIVED_AT, None)
    assert isinstance(item, Item)
    return address(message_received.TYPE, item.contact_key)
