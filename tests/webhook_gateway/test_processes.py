"""The gateway's real processes on a real broker: what gunicorn, gevent and RabbitMQ make of its promises."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pika
import pytest

from deploy.local.ports import free_port
from deploy.local.private import PrivateRabbitMQ
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.contracts.routes import ROUTES, queues_of
from tests.support.waiting import wait_until
from tests.webhook_gateway.whatsapp import PATH, SECRET, TOKEN, encoded, message, sign, status, webhook

pytestmark = pytest.mark.integration

REPLAYS = queues_of("webhook_gateway.worker")
QUEUES = [queue for route in ROUTES for queue in route.queues() if queue not in REPLAYS]


class Processes:
    """The gateway's processes with one environment, ended by pid."""

    def __init__(self, amqp_url: str, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "gateway.log"
        channels = folder / "channels.yaml"
        channels.write_text(
            "channels: [{id: whatsapp-main, kind: whatsapp_cloud, phone_number_id: '109876543210987', "
            "app_secret: '${APP_SECRET}', verify_token: '${VERIFY_TOKEN}'}]"
        )
        self._environment = os.environ | {
            "SERVICE": "webhook_gateway",
            "PORT": str(self.port),
            "AMQP_URL": amqp_url,
            "SPORTELLO_CHANNELS": str(channels),
            "APP_SECRET": SECRET,
            "VERIFY_TOKEN": TOKEN,
            "WEB_CONCURRENCY": "1",
            "WEBHOOK_GATEWAY_SPOOL_DIR": str(folder / "spool"),
        }
        self._children: list[subprocess.Popen[bytes]] = []

    def web(self) -> subprocess.Popen[bytes]:
        """gunicorn as it is deployed, ready to take webhooks."""
        command = [
            "-m",
            "gunicorn",
            "-c",
            "deploy/gunicorn.conf.py",
            "services.webhook_gateway.app:create_app()",
        ]
        child = self._start(command)
        wait_until(lambda: child.poll() is not None or self._answers("/readyz"), 60)
        assert child.poll() is None, self.log.read_text()
        return child

    def worker(self) -> subprocess.Popen[bytes]:
        """The worker that takes replays."""
        return self._start(["-m", "services.webhook_gateway.worker"])

    def post(self, body: bytes) -> int:
        """A signed webhook over a connection of its own; the status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", PATH, body, {"X-Hub-Signature-256": sign(body)})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *command], env=self._environment, stdout=log, stderr=log
            )
        self._children.append(child)
        return child

    def _answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@pytest.fixture
def gateway(amqp_vhost_url: str, tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(amqp_vhost_url, tmp_path)
    try:
        yield processes
    finally:
        processes.stop()


def queued(amqp_url: str) -> list[Event]:
    """What lies in the queues of others now, taken out (consumed: single-consumer queues allow no get)."""
    found: list[Event] = []
    with contextlib.closing(pika.BlockingConnection(pika.URLParameters(amqp_url))) as connection:
        channel = connection.channel()
        for queue in QUEUES:
            waiting = channel.queue_declare(queue, passive=True).method.message_count
            messages = channel.consume(queue, auto_ack=True)
            found += [decode(body) for _, _, body in itertools.islice(messages, waiting)]
            if waiting:
                channel.cancel()
    return found


def raw_answer(port: int, request: bytes) -> bytes:
    """The first bytes of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def test_every_item_is_in_its_queue_before_the_answer(gateway: Processes, amqp_vhost_url: str) -> None:
    gateway.web()
    body = encoded(webhook([message(), message(id=None)], [status()]))
    for _ in range(3):
        assert gateway.post(body) == 200
        types = sorted(event.type for event in queued(amqp_vhost_url))
        assert types == ["delivery.reported", "item.quarantined", "message.received"]


def test_many_at_once_are_all_kept(gateway: Processes, amqp_vhost_url: str) -> None:
    gateway.web()
    answers: list[int] = []

    def customer(number: int) -> None:
        answers.extend(
            gateway.post(encoded(webhook([message(id=f"wamid.{number}.{turn}")]))) for turn in range(10)
        )

    threads = [threading.Thread(target=customer, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 200
    assert len({event.id for event in queued(amqp_vhost_url)}) == 200


def test_oversize_is_refused_while_its_body_is_still_to_come(gateway: Processes) -> None:
    gateway.web()
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()
    announced = raw_answer(gateway.port, head + b"Content-Length: 4000000\r\n\r\n")
    assert announced.startswith(b"HTTP/1.1 413 ")
    chunks = b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(60))
    chunked = raw_answer(gateway.port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert chunked.startswith(b"HTTP/1.1 413 ")


def test_chunked_webhook_is_taken_and_nonsense_for_chunks_is_not(
    gateway: Processes, amqp_vhost_url: str
) -> None:
    gateway.web()
    body = encoded(webhook([message()]))
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {sign(body)}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + 100]), body[at : at + 100]) for at in range(0, len(body), 100)
    )
    assert raw_answer(gateway.port, head.encode() + b"no length\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw_answer(gateway.port, head.encode() + pieces + b"0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert len(queued(amqp_vhost_url)) == 1


def test_replay_is_normalised_by_the_worker(gateway: Processes, amqp_vhost_url: str) -> None:
    gateway.web()
    document = webhook([message()])
    document["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "555"
    assert gateway.post(encoded(document)) == 200
    (aside,) = queued(amqp_vhost_url)
    replay = aside.data.replay
    gateway.worker()
    connection = pika.BlockingConnection(pika.URLParameters(amqp_vhost_url))
    for number in (b'\\"555\\"', b'\\"109876543210987\\"'):
        body = replay.body.encode().replace(b'\\"555\\"', number)
        connection.channel().basic_publish(replay.exchange, replay.routing_key, body)
    connection.close()
    found: list[str] = []

    def both_came() -> bool:
        found.extend(event.type for event in queued(amqp_vhost_url))
        return {"item.quarantined", "message.received"} <= set(found)

    wait_until(both_came, 60)
    assert len(found) == 2


def test_stop_under_load_answers_what_was_taken(gateway: Processes, amqp_vhost_url: str) -> None:
    web = gateway.web()
    accepted: list[str] = []
    stopping = threading.Event()

    def customer(number: int) -> None:
        turn = 0
        while not stopping.is_set():
            turn += 1
            wamid = f"wamid.{number}.{turn}"
            try:
                answer = gateway.post(encoded(webhook([message(id=wamid)])))
            except (OSError, http.client.HTTPException):
                return  # no longer listening: the provider sends it again
            assert answer in (200, 503)
            if answer == 200:
                accepted.append(wamid)

    threads = [threading.Thread(target=customer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(accepted) > 50, 60)
    web.send_signal(signal.SIGTERM)
    assert web.wait(30) == 0
    stopping.set()
    for thread in threads:
        thread.join()
    kept = {event.data.provider_message_id for event in queued(amqp_vhost_url)}
    assert set(accepted) <= kept


@pytest.mark.fault
def test_broker_away_means_503_until_it_is_back(private_rabbitmq: PrivateRabbitMQ, tmp_path: Path) -> None:
    gateway = Processes(private_rabbitmq.url, tmp_path)
    try:
        gateway.web()
        body = encoded(webhook([message()]))
        assert gateway.post(body) == 200
        private_rabbitmq.kill()
        assert wait_until(lambda: gateway.post(body) == 503, 30)
        private_rabbitmq.start()
        assert wait_until(lambda: gateway.post(body) == 200, 60)
        assert len(queued(private_rabbitmq.url)) >= 2
    finally:
        gateway.stop()
