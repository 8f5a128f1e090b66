"""The customer's side: what reaches the gateway, and what the phone says when it does not."""

from __future__ import annotations

import hashlib
import hmac
import warnings
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.meta.numbers import new_message_id, user_id_of, wa_id_of
from sandbox.meta.webhooks import encode, sign
from tests.sandbox.conftest import ACCOUNT, DANIELE, Client, FakeGateway, refused_connection


def write(client: Client, **change: Any) -> Any:
    body = {"from": "+39 335 103 2246", "name": "Daniele Asmonti", "text": "Buongiorno, vorrei contattarvi"}
    return client.post("/api/meta/messages", json=body | change)


def messages(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/meta/phone").json["customers"][0]["messages"]
    return found


def test_a_typed_message_becomes_metas_webhook(client: Client, gateway: FakeGateway) -> None:
    answer = write(client, timestamp=1740694893)

    assert answer.status_code == 200
    assert answer.json["gateway"]["status"] == 200
    [value] = gateway.values()
    assert value["metadata"] == {
        "display_phone_number": "390280881234",
        "phone_number_id": ACCOUNT.phone_number_id,
    }
    [contact] = value["contacts"]
    assert contact == {
        "profile": {"name": "Daniele Asmonti"},
        "wa_id": DANIELE,
        "user_id": user_id_of(DANIELE),
    }
    assert value["messages"] == [
        {
            "from": DANIELE,
            "from_user_id": user_id_of(DANIELE),
            "id": answer.json["message_id"],
            "timestamp": "1740694893",
            "type": "text",
            "text": {"body": "Buongiorno, vorrei contattarvi"},
        }
    ]
    assert [(m["state"], m["outgoing"]) for m in messages(client)] == [("accepted", False)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(min_size=1, max_size=200))
def test_any_text_arrives_as_typed_and_rightly_signed(
    client: Client, gateway: FakeGateway, text: str
) -> None:
    gateway.requests.clear()
    assert write(client, text=text).status_code == 200
    [request] = gateway.requests
    expected = hmac.new(ACCOUNT.app_secret.encode(), request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert gateway.values()[0]["messages"][0]["text"]["body"] == text


def test_pywa_reads_our_webhooks_as_metas(client: Client, gateway: FakeGateway) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pywa import WhatsApp
        from pywa.types import Message, MessageStatus
        from pywa.utils import webhook_updates_validator
    import json

    write(client)
    client.post("/api/receipts/send", json={"message_id": "wamid.X", "status": "read", "to": DANIELE})
    typed, receipt = (json.loads(request.content) for request in gateway.requests)
    wa = WhatsApp(filter_updates=False, validate_updates=False)

    message = Message.from_update(client=wa, update=typed)
    assert message.text == "Buongiorno, vorrei contattarvi"
    assert (message.from_user.wa_id, message.from_user.name) == (DANIELE, "Daniele Asmonti")
    assert message.from_user.bsuid == user_id_of(DANIELE)
    status = MessageStatus.from_update(client=wa, update=receipt)
    assert (status.id, status.status, status.from_user.wa_id) == ("wamid.X", "read", DANIELE)
    for request in gateway.requests:
        assert webhook_updates_validator(
            app_secret=ACCOUNT.app_secret,
            request_body=request.content,
            x_hub_signature=request.headers["X-Hub-Signature-256"],
        )


def test_the_signature_is_the_documented_one() -> None:
    raw = encode({"a": "è/"})
    assert raw == b'{"a":"\\u00e8\\/"}'
    assert sign(raw, "key") == "sha256=" + hmac.new(b"key", raw, "sha256").hexdigest()


@pytest.mark.parametrize("status", [202, 401, 404, 500, 503])
def test_a_gateway_that_refuses_leaves_the_message_not_delivered(
    client: Client, gateway: FakeGateway, status: int
) -> None:
    gateway.refuse(status)
    answer = write(client)

    assert (answer.status_code, answer.mimetype) == (502, "application/problem+json")
    assert answer.json["gateway"]["status"] == status
    assert str(status) in answer.json["detail"]
    assert messages(client)[0]["state"] == "failed"


def timed_out(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too slow")


@pytest.mark.parametrize(("trouble", "words"), [(refused_connection, "reached"), (timed_out, "in time")])
def test_a_gateway_that_is_away_is_said_plainly(
    client: Client, gateway: FakeGateway, trouble: Any, words: str
) -> None:
    gateway.answer = trouble
    answer = write(client)
    assert answer.status_code == 502
    assert words in answer.json["detail"]
    assert words in messages(client)[0]["problem"]


def test_a_message_not_delivered_can_be_sent_again_with_the_same_id(
    client: Client, gateway: FakeGateway
) -> None:
    gateway.refuse(503)
    message_id = write(client).json["message_id"]
    gateway.refuse(200)
    again = client.post("/api/meta/messages/retry", json={"message_id": message_id})

    assert again.status_code == 200
    first, second = (value["messages"][0] for value in gateway.values())
    assert first == second
    assert [m["state"] for m in messages(client)] == ["accepted"]
    assert client.post("/api/meta/messages/retry", json={"message_id": message_id}).status_code == 409
    assert client.post("/api/meta/messages/retry", json={"message_id": "wamid.X"}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"from": "12"},
        {"from": "call me"},
        {"from": 39335},
        {"text": ""},
        {"text": "x" * 4097},
        {"name": ""},
        {"x": 1},
    ],
)
def test_what_no_phone_can_send_is_a_problem(
    client: Client, gateway: FakeGateway, change: dict[str, Any]
) -> None:
    answer = write(client, **change)
    assert answer.status_code == 422
    assert next(iter(change)) in answer.json["errors"]
    assert gateway.requests == []


def test_customers_are_added_renamed_and_bounded(client: Client) -> None:
    assert (
        client.post("/api/meta/customers", json={"from": "+49 151 23456789", "name": "Eva"}).status_code
        == 201
    )
    client.post("/api/meta/customers", json={"from": "4915123456789", "name": "Eva B."})
    customers = client.get("/api/meta/phone").json["customers"]
    assert [c["name"] for c in customers] == ["Daniele Asmonti", "Anna Rossi", "Eva B."]

    for n in range(150):
        client.post("/api/meta/customers", json={"from": f"4915100{n:06d}"})
    assert len(client.get("/api/meta/phone").json["customers"]) == 100


@pytest.mark.parametrize(
    ("answer", "verified"),
    [
        (lambda r: httpx.Response(200, text=r.url.params["hub.challenge"]), True),
        (lambda r: httpx.Response(200, text="something else"), False),
        (lambda r: httpx.Response(403), False),
    ],
)
def test_the_subscription_check_is_metas(
    client: Client, gateway: FakeGateway, answer: Any, verified: bool
) -> None:
    gateway.answer = answer
    assert client.post("/api/meta/handshake").json["verified"] is verified
    [request] = gateway.requests
    assert request.url.params["hub.mode"] == "subscribe"
    assert request.url.params["hub.verify_token"] == ACCOUNT.verify_token


@pytest.mark.parametrize(
    ("typed", "wa_id"),
    [
        ("+39 335 103 2246", DANIELE), ("(39) 335-1032246", DANIELE), ("393351032246", DANIELE),
        ("0039335", None), ("+39", None), ("+39 335 103 2246 ext 3", None), ("", None), ("1" * 16, None),
        ("٣٩٣٣٥١٠٣٢٢٤٦", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, wa_id: str | None) -> None:
    assert wa_id_of(typed) == wa_id


@given(st.from_regex(r"\A[1-9][0-9]{6,14}\Z"))
def test_ids_have_metas_shape(wa_id: str) -> None:
    country, _, digits = user_id_of(wa_id).partition(".")
    assert len(country) == 2
    assert digits.isdigit()
    assert user_id_of(wa_id) == user_id_of(wa_id)
    assert new_message_id(wa_id) != new_message_id(wa_id)
    assert "/" not in new_message_id(wa_id)
