"""Receipts: signed, in order, with the tracker, repeated until the gateway has them."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import ACCOUNT, DANIELE, Client, FakeGateway, refused_connection
from tests.support.waiting import wait_until

Send = Callable[..., Any]


def follow(client: Client, **policy: Any) -> None:
    client.post("/api/receipts", json={"mode": "auto", "delay_ms": 1, **policy})


def states(gateway: FakeGateway, message_id: str) -> list[str]:
    return [s["status"] for s in gateway.statuses(message_id)]


def state_on_phone(client: Client) -> str:
    state: str = client.get("/api/meta/phone").json["customers"][0]["messages"][-1]["state"]
    return state


def test_sent_delivered_and_read_follow_in_order_with_the_tracker(
    send: Send, client: Client, gateway: FakeGateway
) -> None:
    follow(client)
    message_id = send(biz_opaque_callback_data="our-id-7").json["messages"][0]["id"]

    wait_until(lambda: state_on_phone(client) == "read")
    receipts = gateway.statuses(message_id)
    assert [r["status"] for r in receipts] == ["sent", "delivered", "read"]
    assert {r["biz_opaque_callback_data"] for r in receipts} == {"our-id-7"}
    assert {r["recipient_id"] for r in receipts} == {DANIELE}
    assert all(r["timestamp"].isdigit() for r in receipts)


def test_each_webhook_is_signed_over_its_raw_bytes(send: Send, client: Client, gateway: FakeGateway) -> None:
    follow(client, until="sent")
    send(biz_opaque_callback_data="è / \U0001f600")
    wait_until(lambda: gateway.requests)

    [request] = gateway.requests
    expected = hmac.new(ACCOUNT.app_secret.encode(), request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert str(request.url) == "http://gateway.test/webhooks/whatsapp"
    assert gateway.values()[0]["statuses"][0]["biz_opaque_callback_data"] == "è / \U0001f600"


@pytest.mark.parametrize(("until", "expected"), [("sent", ["sent"]), ("delivered", ["sent", "delivered"])])
def test_receipts_stop_where_they_are_told_to(
    send: Send, client: Client, gateway: FakeGateway, until: str, expected: list[str]
) -> None:
    follow(client, until=until)
    first = send().json["messages"][0]["id"]
    follow(client, until="read")
    second = send().json["messages"][0]["id"]

    wait_until(lambda: len(states(gateway, second)) == 3)
    wait_until(lambda: states(gateway, first) == expected)


def test_no_receipts_when_they_are_off(send: Send, client: Client, gateway: FakeGateway) -> None:
    silent = send().json["messages"][0]["id"]
    follow(client)
    told = send().json["messages"][0]["id"]
    wait_until(lambda: len(states(gateway, told)) == 3)
    assert states(gateway, silent) == []


def test_a_receipt_is_repeated_until_taken_and_the_next_waits_for_it(
    send: Send, client: Client, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.receipts._FIRST_PAUSE", 0.001)
    # A clock on which no two looks show the same second.
    clock = SimpleNamespace(monotonic=time.monotonic, time=itertools.count(1_700_000_000).__next__)
    monkeypatch.setattr("sandbox.receipts.time", clock)
    answers = itertools.chain([503, 202, None], itertools.repeat(200))

    def answer(request: httpx.Request) -> httpx.Response:
        status = next(answers)
        return refused_connection(request) if status is None else httpx.Response(status)

    gateway.answer = answer
    follow(client)
    message_id = send().json["messages"][0]["id"]

    wait_until(lambda: state_on_phone(client) == "read")
    assert states(gateway, message_id) == ["sent"] * 4 + ["delivered", "read"]
    assert (
        len({s["timestamp"] for s in gateway.statuses(message_id)[:4]}) == 1
    )  # when it happened, not when told


def test_receipts_are_given_up_at_last(
    send: Send, client: Client, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.receipts._GIVE_UP_AFTER", -1.0)
    gateway.refuse(500)
    follow(client)
    given_up = send().json["messages"][0]["id"]
    wait_until(lambda: states(gateway, given_up) == ["sent"])
    gateway.refuse(200)
    other = send().json["messages"][0]["id"]
    wait_until(lambda: len(states(gateway, other)) == 3)
    assert states(gateway, given_up) == ["sent"]


def test_receipts_of_many_messages_keep_the_order_of_each(
    send: Send, client: Client, gateway: FakeGateway
) -> None:
    follow(client, delay_ms=0)
    ids = [send().json["messages"][0]["id"] for _ in range(40)]
    wait_until(lambda: len(gateway.requests) == 120)
    assert {tuple(states(gateway, message_id)) for message_id in ids} == {("sent", "delivered", "read")}


def test_a_receipt_by_hand_can_come_early_late_or_twice(
    send: Send, client: Client, gateway: FakeGateway
) -> None:
    message_id = send(biz_opaque_callback_data="our-id").json["messages"][0]["id"]
    for state in ("read", "sent", "sent"):
        body = {"message_id": message_id, "status": state, "timestamp": 1700000000}
        assert client.post("/api/receipts/send", json=body).json["gateway"]["status"] == 200

    assert states(gateway, message_id) == ["read", "sent", "sent"]
    assert gateway.statuses(message_id)[0]["timestamp"] == "1700000000"
    assert gateway.statuses(message_id)[0]["biz_opaque_callback_data"] == "our-id"
    assert state_on_phone(client) == "read"  # a late receipt takes nothing back


@pytest.mark.parametrize(("error", "code"), [({"code": 131047}, 131047), (None, 131026)])
def test_a_failure_by_hand_says_why(
    send: Send, client: Client, gateway: FakeGateway, error: dict[str, Any] | None, code: int
) -> None:
    message_id = send().json["messages"][0]["id"]
    client.post("/api/receipts/send", json={"message_id": message_id, "status": "failed", "error": error})

    [receipt] = gateway.statuses(message_id)
    assert receipt["errors"][0]["code"] == code
    assert receipt["errors"][0]["title"]
    assert state_on_phone(client) == "failed"


def test_a_receipt_for_a_foreign_message_needs_its_recipient(client: Client, gateway: FakeGateway) -> None:
    body = {"message_id": "wamid.FOREIGN", "status": "delivered"}
    assert client.post("/api/receipts/send", json=body).status_code == 404
    assert client.post("/api/receipts/send", json=body | {"to": "+39 320 555 0199"}).status_code == 200
    assert gateway.statuses("wamid.FOREIGN")[0]["recipient_id"] == "393205550199"


def test_a_receipt_by_hand_reports_a_gateway_that_refuses(
    send: Send, client: Client, gateway: FakeGateway
) -> None:
    message_id = send().json["messages"][0]["id"]
    gateway.refuse(503)
    answer = client.post("/api/receipts/send", json={"message_id": message_id, "status": "sent"})
    assert answer.status_code == 502
    assert answer.json["gateway"]["status"] == 503
    assert state_on_phone(client) == "accepted"


@pytest.mark.parametrize(
    "policy", [{"mode": "maybe"}, {"until": "failed"}, {"delay_ms": -1}, {"delay_ms": 1.5}]
)
def test_a_policy_that_makes_no_sense_changes_nothing(client: Client, policy: dict[str, Any]) -> None:
    before = client.get("/api/receipts").json
    assert client.post("/api/receipts", json=policy).status_code == 422
    assert client.get("/api/receipts").json == before
