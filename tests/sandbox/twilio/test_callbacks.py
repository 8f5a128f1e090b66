"""Status callbacks: signed, in order, to the address the message named, and told once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Client, refused_connection
from tests.sandbox.twilio.conftest import ACCOUNT, API, AUTH, CALLBACK, DANIELE, Desk
from tests.support.waiting import wait_until

Send = Callable[..., Any]


def follow(client: Client, **policy: Any) -> None:
    client.post("/api/twilio/receipts", json={"mode": "auto", "delay_ms": 1, **policy})


def status(client: Client, sid: str) -> str:
    found: str = client.get(f"{API}/Messages/{sid}.json", auth=AUTH).json["status"]
    return found


def state_on_phone(client: Client) -> str:
    state: str = client.get("/api/twilio/phone").json["customers"][0]["messages"][-1]["state"]
    return state


def test_queued_sent_delivered_and_read_follow_in_order(send: Send, client: Client, gateway: Desk) -> None:
    follow(client)
    sid = send(StatusCallback=CALLBACK).json["sid"]

    wait_until(lambda: gateway.statuses(sid) == ["queued", "sent", "delivered", "read"])
    assert gateway.callbacks(sid)[-1] == {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "read",
        "SmsStatus": "read",
        "To": DANIELE,
        "From": f"whatsapp:{ACCOUNT.number}",
        "AccountSid": ACCOUNT.account_sid,
        "ApiVersion": "2010-04-01",
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": DANIELE.removeprefix("whatsapp:"),
        "StructuredMessage": "false",
        "EventType": "READ",
    }
    # As it is, with its query, behind the public base.
    assert str(gateway.requests[0].url) == "http://gateway.test/webhooks/twilio/status?delivery=d-1"
    assert (status(client, sid), state_on_phone(client)) == ("read", "read")


def test_the_fake_api_itself_knows_how_a_message_without_callback_got_on(send: Send, client: Client) -> None:
    follow(client, until="delivered")
    sid = send().json["sid"]
    wait_until(lambda: status(client, sid) == "delivered")
    assert client.get(f"{API}/Messages/{sid}.json", auth=AUTH).json["date_sent"]


def test_a_closed_window_is_told_after_accepting(send: Send, client: Client, gateway: Desk) -> None:
    client.post("/api/twilio/settings", json={"reply_window": "strict"})
    follow(client)
    sent = send(StatusCallback=CALLBACK)
    assert (sent.status_code, sent.json["status"]) == (201, "queued")

    wait_until(lambda: gateway.statuses(sent.json["sid"]) == ["queued", "undelivered"])
    first, last = gateway.callbacks(sent.json["sid"])
    assert "ErrorCode" not in first
    assert (last["ErrorCode"], last["EventType"]) == ("63016", "UNDELIVERED")
    assert "outside the allowed window" in last["ErrorMessage"]
    shown = client.get(f"{API}/Messages/{sent.json['sid']}.json", auth=AUTH).json
    assert (shown["status"], shown["error_code"]) == ("undelivered", 63016)
    assert state_on_phone(client) == "failed"


@pytest.mark.parametrize("trouble", [lambda _: httpx.Response(503), refused_connection])
def test_a_callback_that_is_not_taken_is_lost_and_the_next_one_comes(
    send: Send, client: Client, gateway: Desk, trouble: Any
) -> None:
    gateway.answer = trouble
    follow(client)
    sid = send(StatusCallback=CALLBACK).json["sid"]

    wait_until(lambda: status(client, sid) == "read")
    tries = 2 if trouble is refused_connection else 1  # a second one only when no connection came about
    wait_until(lambda: len(gateway.requests) == 4 * tries)
    assert gateway.statuses(sid) == [s for s in ("queued", "sent", "delivered", "read") for _ in range(tries)]


def test_callbacks_go_nowhere_but_to_the_gateway_and_this_machine(
    send: Send, client: Client, gateway: Desk
) -> None:
    follow(client)
    foreign = send(StatusCallback="http://169.254.169.254/latest").json["sid"]
    own = send(StatusCallback="http://127.0.0.1:8001/status").json["sid"]
    wait_until(lambda: status(client, foreign) == status(client, own) == "read")
    assert {request.url.host for request in gateway.requests} == {"127.0.0.1"}


def test_nothing_follows_when_callbacks_are_off(send: Send, client: Client, gateway: Desk) -> None:
    silent = send(StatusCallback=CALLBACK).json["sid"]
    follow(client)
    told = send(StatusCallback=CALLBACK).json["sid"]
    wait_until(lambda: len(gateway.statuses(told)) == 4)
    assert (gateway.statuses(silent), status(client, silent)) == ([], "queued")


def test_a_callback_by_hand_can_come_early_late_or_twice(send: Send, client: Client, gateway: Desk) -> None:
    sid = send(StatusCallback=CALLBACK).json["sid"]
    for state in ("read", "sent", "sent"):
        body = {"message_id": sid, "status": state}
        assert client.post("/api/twilio/receipts/send", json=body).json["gateway"]["status"] == 200

    assert gateway.statuses(sid) == ["read", "sent", "sent"]
    assert (status(client, sid), state_on_phone(client)) == ("read", "read")  # a late one takes nothing back


@pytest.mark.parametrize(("error", "code"), [({"code": 63024}, "63024"), (None, "63013")])
def test_a_failure_by_hand_says_why(
    send: Send, client: Client, gateway: Desk, error: dict[str, Any] | None, code: str
) -> None:
    sid = send(StatusCallback=CALLBACK).json["sid"]
    body = {"message_id": sid, "status": "undelivered", "error": error}
    client.post("/api/twilio/receipts/send", json=body)
    assert gateway.callbacks(sid)[-1]["ErrorCode"] == code
    assert state_on_phone(client) == "failed"


def test_a_callback_for_a_foreign_message_needs_its_recipient_and_an_address(
    send: Send, client: Client, gateway: Desk
) -> None:
    body = {"message_id": "SM404", "status": "delivered"}
    more = {"to": "+39 320 555 0199", "callback_url": CALLBACK}
    assert client.post("/api/twilio/receipts/send", json=body).status_code == 404
    assert client.post("/api/twilio/receipts/send", json=body | more).status_code == 200
    assert gateway.callbacks("SM404")[0]["To"] == "whatsapp:+393205550199"
    silent = body | {"message_id": send().json["sid"]}
    assert client.post("/api/twilio/receipts/send", json=silent).status_code == 422
    gateway.refuse(503)
    assert client.post("/api/twilio/receipts/send", json=body | more).status_code == 502
