"""The notifier's real processes on a real broker and database, with a stand-in for Meta."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pika
import pytest

from services.notifier.config import read_settings
from services.notifier.wiring import build_web
from shared.contracts.catalogue import decode
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.envelope import Event
from shared.messaging.message import outgoing
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import connect, database
from shared.runtime.clock import utc_now
from tests.notifier.building import receipt, reply_request, ticket_opened
from tests.notifier.graph import Answer, Asked, FakeGraph
from tests.support.forked import Forked, Forks
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.fault]

REPLIES = "ticket_service.deliveries"


class Processes:
    """Starts the notifier's processes with one environment; ends what is left by pid."""

    def __init__(self, forks: Forks, environment: dict[str, str], logs: Path) -> None:
        self.environment = environment
        self._forks = forks
        self._logs = logs
        self._children: list[Forked] = []

    def start(self, module: str, **more: str) -> Forked:
        log = self._logs / f"{len(self._children)}-{module}.log"
        child = self._forks.start(module, self.environment | more, log)
        self._children.append(child)
        return child

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


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    ours = (f"services.notifier.{name}" for name in ("prepare", "worker", "relay"))
    with Forks(*ours, "tests.notifier.impatient_worker") as running:
        yield running


@pytest.fixture
def processes(
    forks: Forks, amqp_vhost_url: str, mongodb_uri: str, database_name: str, graph: FakeGraph, tmp_path: Path
) -> Iterator[Processes]:
    channels = tmp_path / "channels.yaml"
    channels.write_text(
        "channels: [{id: whatsapp-main, kind: whatsapp_cloud, phone_number_id: '1098', "
        f"access_token: '${{TOKEN}}', graph_url: '{graph.url}'}}]"
    )
    environment = os.environ | {
        "AMQP_URL": amqp_vhost_url,
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": database_name,
        "SPORTELLO_CHANNELS": str(channels),
        "TOKEN": "secret-token",
    }
    started = Processes(forks, environment, tmp_path)
    try:
        assert started.start("services.notifier.prepare").wait(60) == 0
        yield started
    finally:
        started.stop()


@contextmanager
def publisher(url: str) -> Iterator[PipelinedPublisher]:
    """A publisher that is connected."""
    running = PipelinedPublisher(url, green=False, source="test")
    running.start()
    try:
        wait_until(running.ready)
        yield running
    finally:
        running.stop()


def publish(url: str, *events: Event) -> None:
    with publisher(url) as connected:
        connected.publish([outgoing(event) for event in events])


def changes(url: str, until: int, seconds: float = 60) -> list[DeliveryChanged]:
    """What the desk was told: the first `until` messages of its queue."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    told: list[DeliveryChanged] = []
    deadline = time.monotonic() + seconds
    while len(told) < until and time.monotonic() < deadline:
        method, _, body = channel.basic_get(REPLIES, auto_ack=True)
        if method is None:
            connection.sleep(0.05)
        else:
            told.append(decode(body).data)
    connection.close()
    return told


def test_replies_and_openings_go_out_once_and_the_desk_learns_of_everything(
    processes: Processes, amqp_vhost_url: str, graph: FakeGraph
) -> None:
    reply, opened = reply_request("s1", window_expires_at=None), ticket_opened()
    publish(amqp_vhost_url, reply, opened, reply, opened)  # as a relay does that was killed half-way
    processes.start("services.notifier.worker")
    processes.start("services.notifier.relay")
    told = changes(amqp_vhost_url, 3)
    opening = f"opening:{opened.data.ticket_id}"
    assert sorted((change.send_id, change.state) for change in told) == [
        (opening, "queued"),
        (opening, "sent"),
        ("s1", "sent"),
    ]
    assert sorted(graph.trackers()) == [opening, "s1"]

    at = utc_now()
    receipts = [receipt(state, at, send_id="s1", provider_id="wamid.x") for state in ("read", "delivered")]
    publish(amqp_vhost_url, receipts[0])
    [read] = changes(amqp_vhost_url, 1)
    publish(amqp_vhost_url, receipts[1])
    [both] = changes(amqp_vhost_url, 1)
    assert (read.state, both.state) == ("read", "read")
    assert both.times.keys() == {"sent", "delivered", "read"}


def killed_while_sending(processes: Processes, url: str, graph: FakeGraph) -> None:
    """A worker dies after Meta took the message and before anybody kept that."""
    graph.script = [Answer(hang=2.0)]
    worker = processes.start("tests.notifier.impatient_worker")
    publish(url, reply_request("s1", window_expires_at=None))
    wait_until(lambda: graph.asked)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    processes.start("tests.notifier.impatient_worker")


def stage(mongodb_uri: str, database_name: str, send_id: str = "s1") -> str:
    with connect(mongodb_uri, "test") as client:
        found = database(client, database_name)["deliveries"].find_one({"_id": send_id})
    assert found is not None
    return str(found["stage"])


def test_after_a_kill_in_mid_send_the_receipt_tells_and_nothing_is_sent_again(
    processes: Processes, amqp_vhost_url: str, mongodb_uri: str, database_name: str, graph: FakeGraph
) -> None:
    killed_while_sending(processes, amqp_vhost_url, graph)
    wait_until(lambda: stage(mongodb_uri, database_name) == "unknown", 30)
    publish(amqp_vhost_url, receipt("sent", utc_now(), send_id="s1", provider_id="wamid.kept"))
    wait_until(lambda: stage(mongodb_uri, database_name) == "done")
    processes.start("services.notifier.relay")
    [change] = changes(amqp_vhost_url, 1)
    assert (change.state, change.provider_message_ids) == ("sent", ["wamid.kept"])
    time.sleep(4.5)  # longer than the wait for a receipt: the retry that must not come would have come
    assert graph.trackers() == ["s1"]


def test_after_a_kill_in_mid_send_and_no_receipt_it_is_sent_exactly_once_more(
    processes: Processes, amqp_vhost_url: str, mongodb_uri: str, database_name: str, graph: FakeGraph
) -> None:
    killed_while_sending(processes, amqp_vhost_url, graph)
    wait_until(lambda: stage(mongodb_uri, database_name) == "done", 40)
    assert graph.trackers() == ["s1", "s1"]


def test_a_kill_between_the_parts_of_a_message_neither_loses_nor_doubles_one(
    processes: Processes, amqp_vhost_url: str, mongodb_uri: str, database_name: str, graph: FakeGraph
) -> None:
    second = "s1~0.1"
    hanging = [Answer(hang=2.0)]

    def hang_once(asked: Asked) -> Answer | None:
        is_second = asked.body.get("biz_opaque_callback_data") == second
        return hanging.pop() if is_second and hanging else None

    graph.rule = hang_once
    worker = processes.start("tests.notifier.impatient_worker")
    text = "\n\n".join(letter * 4_000 for letter in "abc")
    publish(amqp_vhost_url, reply_request("s1", text, window_expires_at=None))
    wait_until(lambda: second in graph.trackers(), 30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    processes.start("tests.notifier.impatient_worker")
    wait_until(lambda: stage(mongodb_uri, database_name, second) == "unknown", 30)
    assert graph.trackers() == ["s1~0.0", second]  # the third waits for the second
    publish(amqp_vhost_url, receipt("delivered", utc_now(), send_id=second, provider_id="wamid.kept"))
    wait_until(lambda: stage(mongodb_uri, database_name, "s1~0.2") == "done", 30)
    assert graph.trackers() == ["s1~0.0", second, "s1~0.2"]
    processes.start("services.notifier.relay")
    last = changes(amqp_vhost_url, 3)[-1]
    assert (last.send_id, last.state, last.provider_message_ids[1]) == ("s1", "sent", "wamid.kept")


def test_the_worker_says_whether_it_is_ready_and_stops_in_order(
    processes: Processes, unused_port: int
) -> None:
    worker = processes.start("services.notifier.worker", PROBE_PORT=str(unused_port))

    def ask(path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/{path}") as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    ready = wait_until(lambda: ask("readyz"), 30)
    assert '"dispatcher": "ok"' in ready
    assert "sportello_deliveries" in ask("metrics")
    worker.terminate()
    assert worker.wait(15) == 0


def test_the_web_process_is_ready_when_broker_and_database_answer(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AMQP_URL", "MONGODB_URI", "MONGODB_DATABASE", "SPORTELLO_CHANNELS"):
        monkeypatch.setenv(name, processes.environment[name])
    web = build_web(read_settings())
    with web.client:
        client = web.app.test_client()
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        web.publisher.start()
        wait_until(lambda: client.get("/readyz").status_code == 200)
        web.publisher.stop()
