"""Webhooks: kept with the event, signed so that a receiver's library accepts it, tried until it is taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import httpx
import pytest
import time_machine
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from services.ticket_service import announce
from services.ticket_service.act.webhooks import disable, new_secret
from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.status import Status
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.webhook import (
    DELIVERED,
    DISABLED_AFTER,
    FAILED,
    PENDING,
    STEPS,
    Attempt,
    Webhook,
    WebhookDelivery,
    WebhookHealth,
)
from services.ticket_service.outbound.addresses import wrong_address
from services.ticket_service.outbound.follow_up import deliver
from services.ticket_service.outbound.loop import WebhookLoop
from services.ticket_service.outbound.send import WebhookSender
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact
from shared.egress.addresses import origin_of
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop
from tests.support.memory_desk_store import MemoryDeskStore

NOW = datetime.now(UTC).replace(microsecond=0)
OPEN = Status("open", "Open", "", "#000000", 1, frozenset())
DANIELE = Actor(CUSTOMER, "daniele", "Daniele Asmonti")


@dataclass
class Endpoint:
    """A receiver on loopback that answers as told and keeps what it got."""

    port: int = 0
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    body: bytes = b"ok"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=1"


@contextmanager
def receiving() -> Iterator[Endpoint]:
    """A running receiver."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.taken.append((dict(self.headers.items()), content))
            status, headers = endpoint.answers.pop(0) if endpoint.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(endpoint.body)))
            self.end_headers()
            if status not in (204, 304):
                with suppress(ConnectionError):
                    self.wfile.write(endpoint.body)

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with receiving() as running:
        yield running


class MemoryQueue:
    """The queue over the desk's store in memory."""

    def __init__(self, store: MemoryDeskStore) -> None:
        self.store = store

    def claim(self, now: datetime, until: datetime, busy: Collection[str]) -> WebhookDelivery | None:
        waiting = self.store.records(WebhookDelivery, {"state": PENDING})
        due = [each for each in waiting if each.due_at <= now and each.webhook_id not in busy]
        if not due:
            return None
        first = min(due, key=lambda each: each.due_at)
        first.due_at = until
        self._save(first)
        return self.store.record(WebhookDelivery, first.id)

    def keep(self, delivery: WebhookDelivery) -> bool:
        self._save(delivery)
        return True

    def webhook(self, webhook_id: str) -> Webhook | None:
        return self.store.record(Webhook, webhook_id)

    def health(self, webhook_id: str) -> WebhookHealth:
        return self.store.record(WebhookHealth, webhook_id) or WebhookHealth(webhook_id)

    def succeeded(self, webhook_id: str) -> None:
        health = self.health(webhook_id)
        if health.version:
            changes = Changes()
            changes.remove(health)
            self.store.save(changes)

    def failed(self, webhook_id: str, at: datetime) -> None:
        health = self.health(webhook_id)
        if health.failing_since is None:
            self._save(replace(health, failing_since=at))

    def _save(self, record: Any) -> None:
        changes = Changes()
        changes.touch(record)
        self.store.save(changes)


class Rig:
    """A desk with one webhook, and the loop that delivers; time passes only when told to."""

    def __init__(self, url: str, *, named: bool = True, **webhook: Any) -> None:
        self.now = NOW
        self.store = MemoryDeskStore()
        self.desk = Desk(self.store, lambda: self.now, new_id)
        self.secret = new_secret()
        given = {"events": ticket_fact.TYPES, "secret": self.secret, "created_at": NOW, "updated_at": NOW}
        self.webhook = Webhook(**{"id": "w1", "url": url, **given, **webhook})
        changes = Changes()
        changes.touch(self.webhook)
        self.store.save(changes)
        sender = WebhookSender(lambda: self.now, [origin_of(httpx.URL(url))] if named else [])
        queue = MemoryQueue(self.store)
        self.loop = WebhookLoop(
            queue, sender, lambda *given: disable(self.desk, *given), Stop(), lambda: self.now
        )

    def happens(self, kind: str = ticket_fact.OPENED) -> list[WebhookDelivery]:
        ticket = Ticket(
            *("t1", "TT1"), 1, "Però", "open", "wa", "whatsapp_cloud", "daniele", None, NOW, NOW, DANIELE
        )
        changes = Changes()
        cause = Cause("00-0-0-00")
        changes.events.append(announce.fact(kind, ticket, None, OPEN, NOW, "e1", cause, actor=DANIELE))
        deliver(changes, self.store, self.now, new_id)
        self.store.save(replace(changes, events=[]))
        return cast(list[WebhookDelivery], changes.records)

    def turns(self, after: timedelta = timedelta(0)) -> None:
        self.now += after
        while self.loop.turn():
            pass

    def delivery(self) -> WebhookDelivery:
        [found] = self.store.records(WebhookDelivery, {})
        return found

    def stored(self) -> Webhook:
        found = self.store.record(Webhook, "w1")
        assert found is not None
        return found


def verified(secret: str, body: bytes, headers: dict[str, str]) -> Any:
    """What a receiver of that moment makes of it: the library looks at the machine's clock."""
    with time_machine.travel(NOW, tick=False):
        return Receiver(secret).verify(body, headers)


def test_a_receiver_accepts_it_with_the_library_of_the_standard(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    rig.happens()
    rig.turns()
    [(headers, body)] = endpoint.taken
    document = verified(rig.secret, body, headers)
    assert (document["type"], document["data"]["ticket_number"]) == ("ticket.opened", "TT1")
    assert document["data"]["title"] == "Però"
    assert headers["webhook-id"] == rig.delivery().id
    with pytest.raises(WebhookVerificationError):
        verified(rig.secret, body.replace(b"TT1", b"TT2"), headers)
    with pytest.raises(WebhookVerificationError):
        verified(new_secret(), body, headers)
    assert (rig.delivery().state, rig.delivery().attempts[0].status) == (DELIVERED, 204)


def test_after_a_change_of_the_secret_both_receivers_accept_it_for_a_day(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    webhook = rig.stored()
    webhook.rotate(new_secret(), rig.now)
    changes = Changes()
    changes.touch(webhook)
    rig.store.save(changes)
    rig.happens()
    rig.turns()
    headers, body = endpoint.taken[0]
    for secret in (rig.secret, webhook.secret):
        assert verified(secret, body, headers)
    assert webhook.secrets(rig.now + timedelta(hours=25)) == (webhook.secret,)


def test_nothing_is_kept_where_nobody_listens() -> None:
    class NoWebhooks(MemoryDeskStore):
        def all(self, kind: type[Any]) -> tuple[Any, ...]:
            return ()

    rig = Rig("https://hooks.example.com", events=(ticket_fact.CLOSED,))
    assert rig.happens(ticket_fact.OPENED) == []
    assert len(rig.happens(ticket_fact.CLOSED)) == 1
    rig.store = NoWebhooks()
    assert rig.happens(ticket_fact.CLOSED) == []
    assert Rig("https://hooks.example.com", active=False).happens() == []


def test_it_is_tried_for_a_day_in_growing_steps_with_one_id(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    endpoint.answers = [(500, {})] * 50
    rig.happens()
    rig.turns()
    for step in STEPS:
        rig.turns(step - timedelta(seconds=1))
        tried = len(endpoint.taken)
        rig.turns(timedelta(seconds=1))
        assert len(endpoint.taken) == tried + 1
    assert rig.delivery().state == FAILED
    assert len({headers["webhook-id"] for headers, _ in endpoint.taken}) == 1
    assert timedelta(hours=20) < sum(STEPS, timedelta(0)) < timedelta(hours=30)
    rig.turns(timedelta(days=2))
    assert len(endpoint.taken) == len(STEPS) + 1


def test_it_arrives_when_the_receiver_is_back(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    endpoint.answers = [(503, {"Retry-After": "300"})]
    rig.happens()
    rig.turns()
    rig.turns(timedelta(seconds=299))
    assert rig.delivery().state == PENDING
    rig.turns(timedelta(seconds=1))
    assert (rig.delivery().state, rig.store.record(WebhookHealth, "w1")) == (DELIVERED, None)


def test_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    with receiving() as other:
        endpoint.answers = [(302, {"Location": other.url})]
        rig.happens()
        rig.turns()
        assert other.taken == []
    assert rig.delivery().attempts[0].status == 302
    assert rig.delivery().state == PENDING


def test_a_receiver_that_wants_no_more_is_switched_off_at_once(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    endpoint.answers = [(410, {})]
    rig.happens()
    rig.turns()
    assert (rig.stored().active, rig.delivery().state) == (False, FAILED)
    assert "410" in rig.stored().disabled_reason


def test_a_receiver_that_failed_for_days_is_switched_off_with_the_reason(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    endpoint.answers = [(500, {})] * 50
    rig.happens()
    rig.turns()
    rig.turns(DISABLED_AFTER - timedelta(seconds=1))
    assert rig.stored().active
    rig.happens()
    rig.turns(timedelta(seconds=1))
    assert not rig.stored().active
    assert "500" in rig.stored().disabled_reason
    rig.turns(timedelta(days=1))
    assert {each.state for each in rig.store.records(WebhookDelivery, {})} == {FAILED}


def test_a_long_answer_is_read_in_part_only(endpoint: Endpoint) -> None:
    endpoint.answers, endpoint.body = [(200, {})], b"x" * 5_000_000
    rig = Rig(endpoint.url)
    rig.happens()
    rig.turns()
    assert rig.delivery().state == DELIVERED


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://127.0.0.1/hook", "not of the public internet"),
        ("https://localhost/hook", "not of the public internet"),
        ("http://93.184.216.34/hook", "may not be http"),
        ("https://93.184.216.34:8443/hook", "may not be https"),
        ("https://[::ffff:10.0.0.1]/hook", "not of the public internet"),
        ("https://169.254.169.254/latest/meta-data", "not of the public internet"),
    ],
)
def test_nothing_is_sent_into_the_desks_own_network(url: str, said: str) -> None:
    rig = Rig(url, named=False)
    rig.happens()
    rig.turns()
    assert said in rig.delivery().attempts[0].error
    assert wrong_address(url, []) is not None or "localhost" in url


@pytest.mark.parametrize(
    "url", ["", "hooks", "ftp://x.example", "https://", "https://a:b@x.example/", "https://\n"]
)
def test_what_is_no_address_cannot_be_given(url: str) -> None:
    assert wrong_address(url, []) is not None


def test_an_address_of_the_public_internet_can_be_given() -> None:
    assert wrong_address("https://hooks.example.com/a?b=c", []) is None


def test_two_deliveries_never_go_to_one_endpoint_at_a_time(endpoint: Endpoint) -> None:
    rig = Rig(endpoint.url)
    rig.happens()
    rig.happens()
    rig.loop._busy.add("w1")
    assert not rig.loop.turn()
    rig.loop._busy.clear()
    rig.turns()
    assert len(endpoint.taken) == 2


def test_a_delivery_sent_again_begins_anew() -> None:
    delivery = WebhookDelivery("d", "w", "e", "t", "t1", "TT1", "{}", NOW, NOW, NOW)
    for _ in range(len(STEPS) + 1):
        delivery.tried(Attempt(NOW, 500, "", 1))
    assert delivery.state == FAILED
    delivery.resend(NOW)
    assert (delivery.state, delivery.tries, len(delivery.attempts)) == (PENDING, 0, len(STEPS) + 1)


def test_what_is_sent_is_the_contract_of_the_event() -> None:
    rig = Rig("https://hooks.example.com")
    [delivery] = rig.happens()
    document = json.loads(delivery.body)
    assert set(document) == {"type", "timestamp", "id", "data"}
    assert set(document["data"]) >= {"ticket_number", "status", "actor", "assignee"}
