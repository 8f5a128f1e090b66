"""A chat through all of the gateway's processes: what a visitor writes comes back, broker or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import httpx
import pika
import pytest

from bench.chat_pages import ChatPage, ChatPages
from deploy.local.private import PrivateRabbitMQ
from shared.contracts.catalogue import decode
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.contact_erased import ContactErased
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.presence_requested import READ, TYPING
from shared.contracts.visitor_acted import CAME, VisitorActed
from shared.messaging.message import outgoing
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id
from tests.support.waiting import wait_until
from tests.webhook_gateway.webchat.streams.building import CHANNEL, answered
from tests.webhook_gateway.webchat.streams.processes import ORIGIN, SITE_KEY, STREAM, StreamProcesses

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

Data = ChatPosted | ChatSignalled | ChatOffered | ContactErased
TYPES = {
    ChatPosted: "chat.posted",
    ChatSignalled: "chat.signalled",
    ChatOffered: "chat.offered",
    ContactErased: "contact.erased",
}


@pytest.fixture
def gateway(mongodb_uri: str, database_name: str, tmp_path: Path) -> Iterator[StreamProcesses]:
    processes = StreamProcesses(mongodb_uri, database_name, tmp_path)
    try:
        yield processes
    finally:
        processes.stop()


def publish(amqp_url: str, *said: Data) -> None:
    """Events as the other services would publish them."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        for data in said:
            event = Event(new_id(), "test", TYPES[type(data)], utc_now(), "", data, new_traceparent())
            message = outgoing(event)
            connection.channel().basic_publish(message.exchange, message.routing_key, message.body)
    finally:
        connection.close()


def actions(amqp_url: str) -> list[str]:
    """What the desk's worker would hear of visitors."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    found: list[str] = []
    try:
        channel = connection.channel()
        while (got := channel.basic_get("ticket_service.visitors", auto_ack=True))[0]:
            data = decode(got[2]).data
            assert isinstance(data, VisitorActed)
            found.append(data.action)
    finally:
        connection.close()
    return found


def texts(page: ChatPage) -> list[str]:
    return [line["text"] for line, _ in page.lines]


def write(http: httpx.Client, port: int, token: str, texts: Sequence[str]) -> None:
    for text in texts:
        answer = http.post(
            f"http://127.0.0.1:{port}/webchat/{SITE_KEY}/messages",
            json={"id": f"client-{text}", "kind": "text", "text": text},
            headers={"Authorization": f"Bearer {token}", "Origin": ORIGIN},
        )
        assert answer.status_code == 202, answer.text


def test_what_is_written_comes_back_as_lines_in_order_also_when_broker_or_worker_were_away(
    gateway: StreamProcesses, private_rabbitmq: PrivateRabbitMQ, tmp_path: Path
) -> None:
    broker = {"AMQP_URL": private_rabbitmq.url}
    spool = {"WEBHOOK_GATEWAY_SPOOL_DIR": str(tmp_path / "spool")}
    web = gateway.start("app", **broker, **spool)
    worker = gateway.worker(**broker)
    streams = gateway.start()
    http = gateway.http
    entered = http.post(
        f"http://127.0.0.1:{web}/webchat/{SITE_KEY}/visitors", json={}, headers={"Origin": ORIGIN}
    ).json()
    visitor, token = entered["visitor"]["id"], entered["token"]
    page = ChatPage(0, STREAM, token, streams)
    page.last = 0
    many = ChatPages([page])
    try:
        assert many.run(many.all_open, 30)
        write(http, web, token, ["one-0001", "two-0001"])
        assert many.run(lambda: len(page.lines) == 2, 30)
        assert wait_until(lambda: CAME in actions(private_rabbitmq.url), 30)

        line_id = page.lines[1][0]["id"]
        signs = [ChatSignalled(CHANNEL, visitor, sign, line_id, utc_now()) for sign in (READ, TYPING)]
        publish(private_rabbitmq.url, *signs, ChatOffered(CHANNEL, 1, online=False))
        assert many.run(lambda: {"seen", "typing", "offer"} <= page.events.keys(), 30)

        private_rabbitmq.kill()
        write(http, web, token, ["three-001", "four-0001"])
        private_rabbitmq.start()
        assert many.run(lambda: len(page.lines) == 4, 60)

        gateway.kill(worker)
        write(http, web, token, ["five-0001"])
        publish(private_rabbitmq.url, answered("six", visitor))
        gateway.worker(**broker)
        assert many.run(lambda: len(page.lines) == 6, 60)
        assert texts(page) == ["one-0001", "two-0001", "three-001", "four-0001", "five-0001", "six"]
        assert [line["seq"] for line, _ in page.lines] == [1, 2, 3, 4, 5, 6]

        erased_at: datetime = utc_now()
        publish(private_rabbitmq.url, ContactErased("contact-1", [], [visitor], erased_at))

        def left() -> int:
            answer = http.get(
                f"http://127.0.0.1:{streams}/webchat/{SITE_KEY}/lines",
                headers={"Authorization": f"Bearer {token}"},
            )
            return len(answer.json()["items"])

        wait_until(lambda: left() == 0, 30)
    finally:
        many.close()
