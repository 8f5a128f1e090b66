"""From the event to the provider's API and back, all parts together over the in-memory store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from services.notifier.channels.whatsapp_cloud import graph as graph_api
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.config import ChannelSettings, SendingSettings
from services.notifier.domain.delivery import UNKNOWN
from services.notifier.domain.retry import RetryLimits
from services.notifier.senders import build_senders
from services.notifier.wiring import Sending, Stores, build_sending
from shared.blobs.settings import BlobSettings
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.delivery_reported import DeliveryError
from shared.contracts.reply_requested import ReplyContent, TemplateContent
from shared.mail_login.kept import KeptToken
from shared.mail_login.settings import MailAuth
from shared.runtime.clock import utc_now
from shared.runtime.stop import Stop
from tests.notifier.building import CHANNEL, KIND, NOW, messages, receipt, reply_request
from tests.notifier.graph import Answer, FakeGraph, error
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_delivery_store import MemoryDeliveryStore
from tests.support.memory_mail_store import MemoryMailStore
from tests.support.memory_template_store import MemoryTemplateStore
from tests.support.waiting import wait_until


class NoLogins:
    """Nobody logs in with OAuth here."""

    def load(self, auth: MailAuth) -> None:
        raise NotImplementedError

    def keep(self, auth: MailAuth, token: KeptToken) -> None:
        raise NotImplementedError


@contextmanager
def notifier(graph: FakeGraph, store: MemoryDeliveryStore) -> Iterator[Sending]:
    """The worker's parts with a running dispatcher."""
    fields = WhatsAppCloudSettings(CHANNEL, "1098", "secret-token", graph_url=graph.url)
    blobs = BlobSettings("mongodb://unused", "unused")
    settings = SendingSettings((ChannelSettings(CHANNEL, KIND, fields),), None, 16, RetryLimits(), blobs)
    stores = Stores(store, MemoryTemplateStore(), MemoryMailStore(), MemoryBlobStore(), NoLogins())
    publisher, stop = MemoryBroker().publisher(), Stop()
    senders = build_senders(settings.channels, None, store, stores.templates, stores.blobs, publisher)
    sending = build_sending(settings, stores, senders, publisher, stop)
    sending.dispatcher.start()
    try:
        yield sending
    finally:
        stop.request()
        sending.dispatcher.join()
        sending.presence.close()
        for sender in senders.values():
            sender.close()


@pytest.fixture
def store() -> MemoryDeliveryStore:
    return MemoryDeliveryStore()


def settled(store: MemoryDeliveryStore, count: int) -> Callable[[], bool]:
    return lambda: [delivery.open for delivery in store.deliveries()] == [False] * count


def states(store: MemoryDeliveryStore) -> list[str]:
    return [event.data.state for event in store.events() if isinstance(event.data, DeliveryChanged)]


def test_the_same_request_from_fifty_threads_is_one_call_of_the_provider(
    graph: FakeGraph, store: MemoryDeliveryStore
) -> None:
    batch = messages([reply_request("s1", window_expires_at=None)])
    barrier = threading.Barrier(50)
    with notifier(graph, store) as sending:

        def ask() -> None:
            barrier.wait()
            sending.handler(batch)

        with ThreadPoolExecutor(50) as pool:
            for future in [pool.submit(ask) for _ in range(50)]:
                future.result()
        wait_until(settled(store, 1))
        sending.handler(batch)
    assert graph.trackers() == ["s1"]
    assert states(store) == ["sent"]


def test_a_time_out_after_acceptance_is_settled_by_the_receipt_with_one_message_at_the_provider(
    graph: FakeGraph, store: MemoryDeliveryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_api, "TIMEOUT", httpx.Timeout(0.2))
    graph.script = [Answer(hang=0.6)]
    with notifier(graph, store) as sending:
        sending.handler(messages([reply_request("s1", window_expires_at=None)]))
        wait_until(lambda: store.delivery("s1").stage == UNKNOWN)
        sending.handler(messages([receipt("delivered", NOW, send_id="s1", provider_id="wamid.taken")]))
        wait_until(settled(store, 1))
    assert graph.trackers() == ["s1"]
    assert states(store) == ["delivered"]


def test_a_revoked_token_keeps_the_queue_and_a_new_one_sends_all_of_it_in_order(
    graph: FakeGraph, store: MemoryDeliveryStore
) -> None:
    graph.rule = lambda asked: error(190, 401)
    ids = ["s1", "s2", "s3"]
    with notifier(graph, store) as sending:
        sending.handler(messages([reply_request(name, window_expires_at=None) for name in ids]))
        wait_until(store.pauses)
        pause = store.pauses()[CHANNEL]
        assert pause.needs_operator
        assert [delivery.open for delivery in store.deliveries()] == [True] * 3
        graph.rule = lambda asked: None
        assert graph.trackers() == ["s1"]  # refused once; the rest was not even tried
        passed = replace(pause, until=utc_now())
        store.transact(lambda transaction: transaction.set_pause(CHANNEL, passed))
        wait_until(settled(store, 3))
    assert graph.trackers() == ["s1", *ids]
    assert states(store) == ["sent"] * 3
    assert store.pauses() == {}
    health = [event.data for event in store.events() if isinstance(event.data, ChannelReported)]
    assert [(told.aspect, told.level) for told in health] == [("sending", "failing"), ("sending", "ok")]
    assert "token" in health[0].remedy


def test_a_receipt_that_fails_a_message_tells_the_agent_what_to_do(
    graph: FakeGraph, store: MemoryDeliveryStore
) -> None:
    with notifier(graph, store) as sending:
        sending.handler(messages([reply_request("s1", window_expires_at=None)]))
        wait_until(settled(store, 1))
        failed = receipt("failed", NOW, provider_id="wamid.1")
        reported = replace(failed.data, error=DeliveryError("131047", "Re-engagement message"))
        sending.handler(messages([replace(failed, data=reported)]))
    change = store.events()[-1].data
    assert (change.state, change.error.code) == ("failed", "window-closed")
    assert change.error.detail == "131047"
    assert "template" in change.error.remedy


def test_the_components_of_a_template_reach_the_provider_unchanged(
    graph: FakeGraph, store: MemoryDeliveryStore
) -> None:
    components = [{"type": "body", "parameters": [{"type": "text", "parameter_name": "n", "text": "Zoë"}]}]
    content = ReplyContent("template", template=TemplateContent("hello", "it", components))
    with notifier(graph, store) as sending:
        # Its window is closed for long: a template may go out all the same.
        sending.handler(messages([reply_request("s1", content=content, window_expires_at=NOW)]))
        wait_until(settled(store, 1))
    assert graph.asked[0].body["template"]["components"] == components
