"""Files through the real processes, a real broker and a real database."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.blobs.gridfs import GridFsBlobStore
from shared.blobs.links import file_link
from shared.contracts.attachment import attachment_id
from shared.contracts.envelope import Event
from shared.mongo.connect import connect, database
from tests.support.waiting import wait_until
from tests.webhook_gateway.media.building import BASE64, HEX, JPEG
from tests.webhook_gateway.media.provider import Provider, Reply, running
from tests.webhook_gateway.processes import ACCESS_TOKEN, Processes, queued
from tests.webhook_gateway.whatsapp import encoded, message, webhook

pytestmark = pytest.mark.integration

WAMID = "wamid.image"
FILE = attachment_id(f"whatsapp_cloud:109876543210987:{WAMID}", 0)
LOOK_UP = "127.0.0.1/graph/v26.0/123?phone_number_id=109876543210987"
CONTENT = "127.0.0.1/files/123"
FILES_SECRET = "a secret for links in tests"


@pytest.fixture
def gateway(amqp_vhost_url: str, tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(amqp_vhost_url, tmp_path)
    try:
        yield processes
    finally:
        processes.stop()


@pytest.fixture
def meta() -> Iterator[Provider]:
    """Meta on loopback, as the operator's graph_url names it."""
    with running() as provider:
        address = f"http://127.0.0.1:{provider.port}/files/123"
        found = {"url": address, "mime_type": "image/jpeg", "sha256": HEX, "file_size": len(JPEG)}
        provider.on(LOOK_UP, Reply(body=json.dumps(found).encode()))
        provider.on(CONTENT, Reply(body=JPEG))
        yield provider


def graph(meta: Provider) -> str:
    return f"http://127.0.0.1:{meta.port}/graph"


def image() -> bytes:
    """A customer's photo, as Meta tells of it."""
    content = {"id": "123", "mime_type": "image/jpeg", "sha256": BASE64}
    return encoded(webhook([message(id=WAMID, type="image", image=content)]))


def media_events(amqp_url: str) -> Callable[[], list[Event]]:
    """All of `media.stored` and `media.failed` since this was made."""
    found: list[Event] = []

    def look() -> list[Event]:
        found.extend(event for event in queued(amqp_url) if event.type.startswith("media."))
        return found

    return look


def blob(uri: str, name: str) -> bytes:
    with connect(uri, "test") as client, GridFsBlobStore(client, f"{name}_blobs").open(FILE) as (_, pieces):
        return b"".join(pieces)


def test_a_photo_is_stored_and_told(
    gateway: Processes, meta: Provider, amqp_vhost_url: str, mongodb_uri: str, database_name: str
) -> None:
    worker = gateway.worker(mongodb_uri, database_name, graph(meta))
    gateway.web()
    look = media_events(amqp_vhost_url)
    assert gateway.post(image()) == 200
    (stored,) = wait_until(look, 60)
    assert (stored.type, stored.data.file.id, stored.data.file.sha256) == ("media.stored", FILE, HEX)
    assert blob(mongodb_uri, database_name) == JPEG
    worker.terminate()
    assert worker.wait(20) == 0
    assert ACCESS_TOKEN not in gateway.log.read_text()


def test_a_worker_killed_while_it_fetches_costs_a_second_try_and_stores_once(
    gateway: Processes, meta: Provider, amqp_vhost_url: str, mongodb_uri: str, database_name: str
) -> None:
    halfway = threading.Event()

    def half() -> Iterator[bytes]:
        yield JPEG[:9_000]
        halfway.set()
        time.sleep(3_600)

    meta.on(CONTENT, Reply(body=half(), length=len(JPEG)), Reply(body=JPEG))
    start = (mongodb_uri, database_name, graph(meta), "tests.webhook_gateway.impatient_worker")
    first = gateway.worker(*start)
    gateway.web()
    look = media_events(amqp_vhost_url)
    assert gateway.post(image()) == 200
    assert halfway.wait(60)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert look() == []
    gateway.worker(*start)
    (stored,) = wait_until(look, 60)
    assert stored.data.file.sha256 == HEX
    assert meta.count(CONTENT) == 2
    with connect(mongodb_uri, "test") as client:
        assert database(client, f"{database_name}_blobs")["blobs.files"].count_documents({}) == 1
        jobs = database(client, database_name)["media_jobs"]
        wait_until(lambda: jobs.count_documents({"state": "stored"}) == 1)


def test_two_workers_fetch_a_file_once(
    gateway: Processes, meta: Provider, amqp_vhost_url: str, mongodb_uri: str, database_name: str
) -> None:
    for _ in range(2):
        gateway.worker(mongodb_uri, database_name, graph(meta))
    gateway.web()
    look = media_events(amqp_vhost_url)
    bodies = [image().replace(WAMID.encode(), f"wamid.{number}".encode()) for number in range(8)]
    assert [gateway.post(body) for body in bodies * 2] == [200] * 16
    wait_until(lambda: len({event.id for event in look()}) == 8, 60)
    assert meta.count(CONTENT) == 8


def get(gateway: Processes, link: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    connection.request(method, urlsplit(link).path)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def link(blob_id: str = FILE) -> str:
    return file_link(
        "http://gateway", FILES_SECRET, blob_id, "photo.jpg", datetime.now(UTC) + timedelta(hours=1)
    )


def test_a_signed_link_leads_to_the_file_in_the_deployed_web_process(
    gateway: Processes, mongodb_uri: str, database_name: str
) -> None:
    large = JPEG * 400
    with connect(mongodb_uri, "test") as client:
        store = GridFsBlobStore(client, database_name)
        store.put(FILE, [large], mime_type="image/jpeg", max_bytes=1 << 30)
    gateway.web(BLOBS_URI=mongodb_uri, BLOBS_DATABASE=database_name, SPORTELLO_FILES_SECRET=FILES_SECRET)
    status, headers, body = get(gateway, link())
    assert (status, headers["content-type"], body == large) == (200, "image/jpeg", True)
    status, headers, body = get(gateway, link(), "HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(large)), b"")
    assert get(gateway, link("0" * 32))[0] == 404


def test_webhooks_are_taken_while_the_blob_store_is_away(gateway: Processes, amqp_vhost_url: str) -> None:
    gateway.web(BLOBS_URI="mongodb://127.0.0.1:1/", SPORTELLO_FILES_SECRET=FILES_SECRET)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(get(gateway, link())[0]))
    asking.start()
    began = time.monotonic()
    assert gateway.post(image()) == 200
    assert time.monotonic() - began < 2, "a request that waits for the database holds up no other"
    asking.join()
    assert answers == [503]
    assert {event.type for event in queued(amqp_vhost_url)} == {"message.received"}


def test_without_a_secret_there_are_no_links(gateway: Processes) -> None:
    child: subprocess.Popen[bytes] = gateway.web()
    assert get(gateway, link())[0] == 404
    assert child.poll() is None
