"""The publisher when the broker refuses, blocks, dies and comes back: no false confirm, no endless wait."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pika
import pytest

from deploy.local.private import PrivateRabbitMQ
from shared.contracts.routes import ROUTES, address
from shared.messaging.message import BrokerUnavailable, Outgoing
from shared.messaging.publisher import PipelinedPublisher
from shared.messaging.topology import declare_topology
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.fault]


@pytest.fixture
def publisher(private_rabbitmq: PrivateRabbitMQ) -> Iterator[PipelinedPublisher]:
    publisher = PipelinedPublisher(private_rabbitmq.url, green=False, source="test")
    publisher.start()
    wait_until(publisher.ready)
    yield publisher
    publisher.stop()


def _message(number: int) -> Outgoing:
    return Outgoing(*address("message.received", f"contact {number}"), f"message {number}".encode())


def _drain(url: str) -> list[bytes]:
    """Everything in the inbound queues, read until nothing more comes."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    bodies: list[bytes] = []
    for queue in ROUTES[0].queues():
        channel.basic_consume(queue, lambda _c, _m, _p, body: bodies.append(body), auto_ack=True)
    known = -1
    while known < len(bodies):
        known = len(bodies)
        connection.process_data_events(time_limit=2)
    connection.close()
    return bodies


def test_what_was_confirmed_survives_a_killed_broker(
    private_rabbitmq: PrivateRabbitMQ, publisher: PipelinedPublisher
) -> None:
    confirmed: list[int] = []
    refused = threading.Event()
    done = threading.Event()

    def publish() -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                publisher.publish([_message(number)])
                confirmed.append(number)
            except BrokerUnavailable:
                refused.set()
                time.sleep(0.01)

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: len(confirmed) > 200)
    private_rabbitmq.kill()
    assert refused.wait(15)
    private_rabbitmq.start()
    before = len(confirmed)
    wait_until(lambda: len(confirmed) > before + 100, seconds=60)
    done.set()
    thread.join(10)
    kept = set(_drain(private_rabbitmq.url))
    assert [n for n in confirmed if f"message {n}".encode() not in kept] == []


def test_without_a_broker_a_publish_fails_at_once(
    private_rabbitmq: PrivateRabbitMQ, publisher: PipelinedPublisher
) -> None:
    private_rabbitmq.kill()
    wait_until(lambda: not publisher.ready())
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        publisher.publish([_message(1)])
    assert time.monotonic() - began < 1


def test_a_full_queue_refuses_and_says_so(
    private_rabbitmq: PrivateRabbitMQ, publisher: PipelinedPublisher
) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(private_rabbitmq.url))
    channel = connection.channel()
    channel.queue_declare(
        "small",
        durable=True,
        arguments={"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-max-length": 5},
    )
    channel.queue_bind("small", "sportello.events", "small")
    connection.close()
    outcomes = []
    for number in range(60):
        try:
            publisher.publish([Outgoing("sportello.events", "small", f"{number}".encode())])
            outcomes.append("confirmed")
        except BrokerUnavailable as error:
            outcomes.append(str(error))
    assert outcomes[0] == "confirmed"
    assert outcomes[-1] == "refused by the broker"


def test_a_deleted_binding_is_a_failure_not_a_loss(
    private_rabbitmq: PrivateRabbitMQ, publisher: PipelinedPublisher
) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(private_rabbitmq.url))
    connection.channel().queue_unbind("notifier.replies", "sportello.events", "reply.requested")
    connection.close()
    with pytest.raises(BrokerUnavailable, match="NO_ROUTE"):
        publisher.publish([Outgoing("sportello.events", "reply.requested", b"{}")])
    declare_topology(private_rabbitmq.url)
    publisher.publish([Outgoing("sportello.events", "reply.requested", b"{}")])


GREEN = """
from gevent import monkey
monkey.patch_all()
import gevent, json, sys
from shared.contracts.routes import address
from shared.messaging.message import BrokerUnavailable, Outgoing
from shared.messaging.publisher import PipelinedPublisher

publisher = PipelinedPublisher(sys.argv[1], green=True, source="green test")
publisher.start()
with gevent.Timeout(20):
    while not publisher.ready():
        gevent.sleep(0.01)
failures = []
def publish(worker):
    for number in range(50):
        try:
            body = f"{worker}/{number}".encode()
            publisher.publish([Outgoing(*address("message.received", f"c{worker}"), body)], timeout=10)
        except BrokerUnavailable as error:
            failures.append(str(error))
greenlets = [gevent.spawn(publish, worker) for worker in range(40)]
gevent.joinall(greenlets, timeout=60)
alive = sum(not greenlet.dead for greenlet in greenlets)
publisher.stop()
print(json.dumps({"failures": failures, "alive": alive}))
"""


def test_under_gevent_many_greenlets_share_one_publisher(amqp_vhost_url: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", GREEN, amqp_vhost_url], capture_output=True, timeout=90, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    assert json.loads(run.stdout.splitlines()[-1]) == {"failures": [], "alive": 0}
    assert len(set(_drain(amqp_vhost_url))) == 40 * 50


SIGNALS = """
from gevent import monkey
monkey.patch_all()
import gevent, json, time
from shared.messaging.green import Deadlines, GreenSignal

deadlines = Deadlines()
def waited(signal, timeout):
    began = time.monotonic()
    answer = signal.wait(timeout)
    return answer, time.monotonic() - began

early = GreenSignal(deadlines); early.set()
late, never, forever = (GreenSignal(deadlines) for _ in range(3))
gevent.spawn_later(0.2, late.set)
gevent.spawn_later(0.3, forever.set)
jobs = [gevent.spawn(waited, *job) for job in ((early, 1), (late, 5), (never, 0.4), (forever, None))]
gevent.joinall(jobs, timeout=10)
again = waited(never, 0.1)
never.set()
print(json.dumps([job.value for job in jobs] + [again, waited(never, 5)]))
"""


def test_under_gevent_a_wait_ends_when_set_or_when_its_time_is_over() -> None:
    run = subprocess.run([sys.executable, "-c", SIGNALS], capture_output=True, timeout=60, check=True)
    early, late, never, forever, again, at_last = json.loads(run.stdout)
    assert early[0] is True
    assert late[0] is True, "had it ended before it was set, it would say False"
    assert late[1] < 4
    assert never[0] is False
    assert 0.4 <= never[1] < 4
    assert forever[0] is True
    assert again[0] is False
    assert at_last[0] is True
