"""The gateway's real processes on a real broker: what gunicorn, gevent and RabbitMQ make of its promises."""

from __future__ import annotations

import http.client
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pika
import pytest

from tests.support.servers import SessionBroker
from tests.support.waiting import wait_until
from tests.webhook_gateway.processes import Processes, queued
from tests.webhook_gateway.whatsapp import PATH, encoded, message, sign, status, webhook

pytestmark = pytest.mark.integration


class Running(NamedTuple):
    """A gateway that takes webhooks, and its broker."""

    gateway: Processes
    url: str


@pytest.fixture
def gateway(amqp_vhost_url: str, tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(amqp_vhost_url, tmp_path)
    try:
        yield processes
    finally:
        processes.stop()


@pytest.fixture(scope="module")
def running(session_broker: SessionBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One gateway for the tests that neither stop it nor leave anything behind."""
    with session_broker.empty_vhost() as url:
        gateway = Processes(url, tmp_path_factory.mktemp("gateway"))
        try:
            gateway.web()
            yield Running(gateway, url)
        finally:
            gateway.stop()


def raw_answer(port: int, request: bytes) -> bytes:
    """The first bytes of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def test_every_item_is_in_its_queue_before_the_answer(running: Running) -> None:
    gateway, url = running
    body = encoded(webhook([message(), message(id=None)], [status()]))
    for _ in range(3):
        assert gateway.post(body) == 200
        types = sorted(event.type for event in queued(url))
        assert types == ["delivery.reported", "item.quarantined", "message.received"]


def test_many_at_once_are_all_kept(running: Running) -> None:
    gateway, url = running
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
    assert len({event.id for event in queued(url)}) == 200


def test_oversize_is_refused_while_its_body_is_still_to_come(running: Running) -> None:
    gateway, _ = running
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()
    announced = raw_answer(gateway.port, head + b"Content-Length: 4000000\r\n\r\n")
    assert announced.startswith(b"HTTP/1.1 413 ")
    chunks = b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(60))
    chunked = raw_answer(gateway.port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert chunked.startswith(b"HTTP/1.1 413 ")


def test_chunked_webhook_is_taken_and_nonsense_for_chunks_is_not(running: Running) -> None:
    gateway, url = running
    body = encoded(webhook([message()]))
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {sign(body)}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + 100]), body[at : at + 100]) for at in range(0, len(body), 100)
    )
    assert raw_answer(gateway.port, head.encode() + b"no length\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw_answer(gateway.port, head.encode() + pieces + b"0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert len(queued(url)) == 1


def test_replay_is_normalised_by_the_worker(
    gateway: Processes, amqp_vhost_url: str, mongodb_uri: str, database_name: str
) -> None:
    gateway.web()
    document = webhook([message()])
    document["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "555"
    assert gateway.post(encoded(document)) == 200
    (aside,) = queued(amqp_vhost_url)
    replay = aside.data.replay
    gateway.worker(mongodb_uri, database_name)
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
