"""The gateway from outside: who is let in, how much is read, and what is promised."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.contracts.item_quarantined import ItemQuarantined
from shared.contracts.message_received import MessageReceived
from shared.messaging.message import BrokerUnavailable, Outgoing
from tests.webhook_gateway.whatsapp import (
    FOREIGN,
    MAIN,
    OTHER_SECRET,
    PATH,
    SECOND,
    SECRET,
    TOKEN,
    Gateway,
    encoded,
    message,
    sign,
    status,
    webhook,
)

BODY = encoded(webhook([message()]))


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def webhooks(result: str) -> float:
    return count("sportello_webhooks_total", channel_kind="whatsapp_cloud", result=result)


# --- the check of the address ---


def challenge(**changes: str | None) -> Any:
    query = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "1158201444"} | changes
    return Gateway().client.get(
        PATH, query_string={key: text for key, text in query.items() if text is not None}
    )


@pytest.mark.parametrize("token", [TOKEN, "another token"])
def test_challenge_is_answered_for_any_configured_token(token: str) -> None:
    answer = challenge(**{"hub.verify_token": token})
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.verify_token": "a wrong token"},
        {"hub.verify_token": ""},
        {"hub.verify_token": None},
        {"hub.verify_token": TOKEN[:-1]},
        {"hub.verify_token": "é" * 20},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": None},
        {"hub.challenge": None},
        {"hub.challenge": "x" * 201},
    ],
)
def test_challenge_is_refused_without_hints(changes: dict[str, str | None]) -> None:
    answer = challenge(**changes)
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {"type": "urn:sportello:problem:forbidden", "title": "Forbidden", "status": 403}


# --- signatures ---


@pytest.mark.parametrize(
    ("signature", "status_code"),
    [
        ("sha256=", 401),
        (sign(BODY)[len("sha256=") :], 401),
        (sign(BODY).replace("sha256", "sha1"), 401),
        ("sha1=" + "0" * 40, 401),
        (sign(BODY)[:-1], 401),
        (sign(BODY) + "0", 401),
        (sign(BODY) + ", " + sign(BODY), 401),
        ("sha256=" + "é" * 64, 401),
        ("sha256=" + "0" * 64, 403),
        ("sha256=" + sign(BODY)[len("sha256=") :].upper(), 403),
        ("SHA256=" + sign(BODY)[len("sha256=") :], 401),
    ],
)
def test_request_without_a_right_signature_is_refused_without_hints(signature: str, status_code: int) -> None:
    gateway = Gateway()
    answer = gateway.client.post(PATH, data=BODY, headers={"X-Hub-Signature-256": signature})
    assert answer.status_code == status_code
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json or {}) == {"type", "title", "status"}
    assert gateway.events() == []


def test_each_app_signs_for_its_own_numbers_only() -> None:
    gateway = Gateway()
    document = webhook([message()], number=MAIN)
    document["entry"] += webhook([message(id="wamid.2")], number=FOREIGN)["entry"]
    assert gateway.post(document, OTHER_SECRET).status_code == 200
    quarantined, received = (event.data for event in gateway.events())
    assert isinstance(quarantined, ItemQuarantined)
    assert (quarantined.reason, quarantined.replay) == ("foreign-signature", None)
    assert isinstance(received, MessageReceived)
    assert received.channel_id == FOREIGN.id


def test_numbers_of_one_app_share_its_secret() -> None:
    gateway = Gateway()
    document = webhook([message()], number=MAIN)
    document["entry"] += webhook([message()], number=SECOND)["entry"]
    assert gateway.post(document).status_code == 200
    assert [event.data.channel_id for event in gateway.events()] == [MAIN.id, SECOND.id]


# --- bodies ---


class BrokenStream(BytesIO):
    """A client that goes away, or sends nonsense for chunks."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError


def test_body_that_cannot_be_read_is_refused() -> None:
    answer = Gateway().client.post(
        PATH, environ_overrides={"wsgi.input": BrokenStream(), "CONTENT_LENGTH": ""}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("length", ["-1", "abc", "9" * 30, "\xb2"])
def test_nonsense_lengths_are_refused(length: str) -> None:
    answer = Gateway().client.post(PATH, environ_overrides={"CONTENT_LENGTH": length})
    assert answer.status_code == 413


def test_body_shorter_than_announced_is_refused() -> None:
    answer = Gateway().client.post(
        PATH,
        input_stream=BytesIO(BODY[:-5]),
        content_length=len(BODY),
        headers={"X-Hub-Signature-256": sign(BODY)},
    )
    assert answer.status_code == 403


def test_three_megabytes_are_taken() -> None:
    gateway = Gateway()
    answer = gateway.post(webhook([message(text={"body": "x" * 3_000_000})]))
    assert answer.status_code == 200
    assert len(gateway.events()[0].data.text) == 100_000
    assert len(gateway.events()[0].data.raw) > 3_000_000


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"half \ud83d pair", "half � pair"),
        (rb"\udc00 low", "� low"),
        (rb"\ud83d\ud83d\ude00", "�😀"),
        (rb"whole \ud83d\ude00", "whole 😀"),
        (rb"nul \u0000", "nul \x00"),
    ],
)
def test_half_surrogates_are_replaced_not_refused(written: bytes, read: str) -> None:
    gateway = Gateway()
    assert gateway.post(BODY.replace(b"Buongiorno", written)).status_code == 200
    assert gateway.events()[0].data.text == read


def test_last_of_duplicate_keys_counts() -> None:
    gateway = Gateway()
    gateway.post(BODY.replace(b'"body": "Buongiorno"', b'"body": "one", "body": "two"'))
    assert gateway.events()[0].data.text == "two"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_content_type_does_not_matter_when_the_signature_is_right(content_type: str) -> None:
    gateway = Gateway()
    headers = {"X-Hub-Signature-256": sign(BODY)}
    answer = gateway.client.post(PATH, data=BODY, headers=headers, content_type=content_type)
    assert (answer.status_code, len(gateway.events())) == (200, 1)


# --- batches ---


def test_a_malformed_item_is_set_aside_alone_and_the_order_is_kept() -> None:
    gateway = Gateway()
    items: Sequence[Any] = [message(id="wamid.1"), "nonsense", message(id=None), message(id="wamid.2")]
    gateway.post(webhook(items, [status(), status(status=7)]))
    events = gateway.events()
    kinds = [event.type for event in events]
    assert kinds == [
        "message.received",
        "item.quarantined",
        "item.quarantined",
        "message.received",
        "delivery.reported",
        "item.quarantined",
    ]
    assert [event.id.rpartition(":")[2] for event in events if event.type == "message.received"] == [
        "wamid.1",
        "wamid.2",
    ]


def test_a_thousand_items_are_all_published() -> None:
    gateway = Gateway()
    messages = [message(id=f"wamid.{n}", **{"from": f"3933510{n:05}"}) for n in range(800)]
    contacts = [{"profile": {"name": f"Customer {n}"}, "wa_id": f"3933510{n:05}"} for n in range(800)]
    gateway.post(webhook(messages, [status(id=f"wamid.s{n}") for n in range(200)], contacts=contacts))
    events = gateway.events()
    assert len(events) == len({event.id for event in events}) == 1000
    assert [event.data.sender.name for event in events[:800]] == [f"Customer {n}" for n in range(800)]


@pytest.mark.parametrize(
    "document",
    [
        webhook([0] * 5_001),
        webhook(errors=[0] * 5_001),
        {"entry": [0] * 5_001},
        {"entry": [{"changes": [0] * 5_001}]},
    ],
    ids=["messages", "errors", "entries", "changes"],
)
def test_more_items_than_any_provider_sends_are_kept_as_one(document: dict[str, Any]) -> None:
    gateway = Gateway()
    assert gateway.post(document).status_code == 200
    (event,) = gateway.events()
    assert (event.data.reason, event.data.replay) == ("too-many-items", None)
    assert json.loads(event.data.payload) == document


def test_large_wrapping_is_not_copied_for_each_item() -> None:
    gateway = Gateway()
    huge = "x" * 100_000
    contact = {"profile": {"name": huge}, "wa_id": "393351032246", "more": huge}
    gateway.post(
        webhook(
            [message(id=None, type="n", n=n) for n in range(300)], contacts=[contact], messaging_product=huge
        )
    )
    assert len(gateway.events()) == 300
    assert sum(len(message.body) for message in gateway.broker.published) < 2_000_000


def test_an_item_too_large_to_replay_is_still_kept_whole() -> None:
    gateway = Gateway()
    gateway.post(webhook([message(id=None, text={"body": '"' * 1_500_000})]))
    (event,) = gateway.events()
    assert (event.data.reason, event.data.replay) == ("no-message-id", None)
    assert '\\"' * 1_000 in event.data.payload


# --- promises ---


@pytest.mark.parametrize(
    "documents", [webhook([message()]), webhook([message(), message(id=None)], [status()])]
)
def test_broker_down_means_try_again_and_nothing_counted_as_accepted(documents: dict[str, Any]) -> None:
    gateway = Gateway()
    gateway.broker.fail(1)
    accepted, refused = webhooks("accepted"), webhooks("broker-unavailable")
    items = count("sportello_webhook_items_total", item="message")
    answer = gateway.post(documents)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.mimetype == "application/problem+json"
    assert gateway.events() == []
    assert (webhooks("accepted"), webhooks("broker-unavailable")) == (accepted, refused + 1)
    assert count("sportello_webhook_items_total", item="message") == items
    assert gateway.post(documents).status_code == 200


def test_items_are_counted_by_what_they_are() -> None:
    names = ("message", "receipt", "quarantined", "file", "notice")
    before = [count("sportello_webhook_items_total", item=name) for name in names]
    unknown = count("sportello_quarantined_total", reason="no-message-id")
    photo = message(id="wamid.2", type="image", image={"id": "1"})
    error = {"code": 1, "title": "t"}
    items = [message(), photo, message(id=None)]
    Gateway().post(webhook(items, [status(), status(status="read")], errors=[error]))
    assert [count("sportello_webhook_items_total", item=name) for name in names] == [
        before[0] + 2,
        before[1] + 2,
        before[2] + 1,
        before[3] + 1,
        before[4] + 1,
    ]
    assert count("sportello_quarantined_total", reason="no-message-id") == unknown + 1


@pytest.mark.parametrize(("secret", "status_code"), [(SECRET, 200), ("not the secret of any app", 403)])
def test_every_answer_is_timed_by_its_status(secret: str, status_code: int) -> None:
    labels = {"endpoint": "whatsapp_cloud.webhook", "status": str(status_code)}
    before = count("sportello_http_request_seconds_count", **labels)
    Gateway().post(BODY, secret)
    assert count("sportello_http_request_seconds_count", **labels) == before + 1


class WatchingPublisher:
    """Notes what it was asked to publish at once."""

    def __init__(self, ready: bool = True) -> None:
        self.calls: list[Sequence[Outgoing]] = []
        self._ready = ready

    def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
        self.calls.append(messages)
        if not self._ready:
            raise BrokerUnavailable("no connection")

    def ready(self) -> bool:
        return self._ready


def test_all_items_of_a_request_are_published_at_once() -> None:
    publisher = WatchingPublisher()
    Gateway(publisher=publisher).post(webhook([message(), message(id="wamid.2")], [status()]))
    assert [len(call) for call in publisher.calls] == [3]


def test_messages_of_one_contact_go_to_one_partition() -> None:
    publisher = WatchingPublisher()
    Gateway(publisher=publisher).post(webhook([message(id=f"wamid.{n}") for n in range(20)]))
    assert len({outgoing.routing_key for outgoing in publisher.calls[0]}) == 1


@pytest.mark.parametrize(("ready", "status_code"), [(True, 200), (False, 503)])
def test_readiness_is_the_brokers(ready: bool, status_code: int) -> None:
    client = Gateway(publisher=WatchingPublisher(ready)).client
    assert client.get("/readyz").status_code == status_code
    assert client.get("/healthz").status_code == 200
    assert b"sportello_webhooks_total" in client.get("/metrics").data
