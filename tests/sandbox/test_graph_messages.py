"""POST /{phone-number-id}/messages: what Meta takes, how it answers, and how it refuses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import ACCOUNT, DANIELE, GRAPH, MESSAGES, TOKEN, Client

Send = Callable[..., Any]


def template(
    name: str = "ticket_update", language: str = "it", *texts: str, header: str = "TT24"
) -> dict[str, Any]:
    return {
        "name": name,
        "language": {"code": language},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": header}]},
            {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]},
        ],
    }


def test_a_text_is_answered_in_metas_shape(send: Send) -> None:
    answer = send(to="+39 335 103 2246")

    assert answer.status_code == 200
    assert answer.json["messaging_product"] == "whatsapp"
    [contact] = answer.json["contacts"]
    assert (contact["input"], contact["wa_id"]) == ("+39 335 103 2246", DANIELE)
    [message] = answer.json["messages"]
    assert message["id"].startswith("wamid.")


def test_every_message_gets_an_id_of_its_own(send: Send) -> None:
    ids = {send().json["messages"][0]["id"] for _ in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}])
def test_a_wrong_token_is_refused_as_meta_does(client: Client, headers: dict[str, str]) -> None:
    answer = client.post(MESSAGES, json={}, headers=headers)

    assert answer.status_code == 401
    assert answer.json["error"]["code"] == 190
    assert answer.json["error"]["type"] == "OAuthException"
    assert ACCOUNT.access_token not in answer.text


def test_an_unknown_phone_number_id_is_error_100(client: Client) -> None:
    answer = client.post(f"{GRAPH}/555/messages", json={}, headers=TOKEN)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)
    assert "555" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"messaging_product": None}, 400, 100, id="no product"),
        pytest.param({"to": None}, 400, 131009, id="no recipient"),
        pytest.param({"to": "nobody"}, 400, 131009, id="not a number"),
        pytest.param({"to": None, "recipient": "IT.404"}, 400, 131026, id="unknown user id"),
        pytest.param({"text": None}, 400, 131008, id="no text"),
        pytest.param({"text": {"body": "  "}}, 400, 100, id="empty text"),
        pytest.param({"text": {"body": 7}}, 400, 100, id="text is a number"),
        pytest.param({"text": {"body": "x" * 4097}}, 400, 100, id="text too long"),
        pytest.param({"type": ["text"]}, 400, 100, id="type is a list"),
        pytest.param({"biz_opaque_callback_data": "x" * 513}, 400, 131009, id="tracker too long"),
        pytest.param({"type": "image", "image": {"id": "404"}}, 400, 131053, id="media never uploaded"),
        pytest.param({"type": "template", "template": {"name": "x"}}, 400, 131008, id="no language"),
        pytest.param(
            {"type": "template", "template": template("nothing")}, 404, 132001, id="no such template"
        ),
        pytest.param(
            {"type": "template", "template": template(language="de")}, 404, 132001, id="not in German"
        ),
        pytest.param({"type": "template", "template": template("spring_offer")}, 404, 132001, id="rejected"),
        pytest.param(
            {"type": "template", "template": template("order_shipped", "en_US")}, 400, 132015, id="paused"
        ),
        pytest.param(
            {"type": "template", "template": template("ticket_update", "it", "A")}, 400, 132000, id="count"
        ),
    ],
)
def test_what_meta_refuses_is_refused_with_its_code(
    send: Send, client: Client, change: dict[str, Any], status: int, code: int
) -> None:
    answer = send(**change)

    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"]["fbtrace_id"]
    assert not any(c["messages"] for c in client.get("/api/meta/phone").json["customers"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a":NaN}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_object_is_error_100(client: Client, body: bytes) -> None:
    answer = client.post(MESSAGES, data=body, headers=TOKEN | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)


def test_a_huge_body_is_refused_and_still_recorded(client: Client) -> None:
    answer = client.post(MESSAGES, data=b"x" * (2**20 + 1), headers=TOKEN)
    assert answer.status_code == 413
    assert answer.json["error"]["code"] == 100
    assert client.get("/api/requests").json["items"][0]["status"] == 413


def test_a_template_is_shown_with_its_parameters_in_place(send: Send, client: Client) -> None:
    answer = send(
        type="template", text=None, template=template("ticket_update", "it", "Daniele", "Contratto")
    )

    assert answer.json["messages"][0]["message_status"] == "accepted"
    [message] = client.get("/api/meta/phone").json["customers"][0]["messages"]
    shown = message["shown"]
    assert shown["header"] == "Ticket TT24"
    assert shown["text"].startswith("Ciao Daniele, ci sono novità sulla tua richiesta «Contratto».")
    assert [b["title"] for b in shown["buttons"]] == ["Continua", "È tutto risolto"]
    assert {b["type"] for b in shown["buttons"]} == {"quick_reply"}


def test_named_parameters_are_found_by_name(send: Send, client: Client) -> None:
    parameters = [
        {"type": "text", "parameter_name": "question_date", "text": "Monday"},
        {"type": "text", "parameter_name": "customer_name", "text": "Anna"},
    ]
    component = {"type": "body", "parameters": parameters}
    named = {"name": "continue_conversation", "language": {"code": "en_US"}, "components": [component]}

    assert send(type="template", text=None, template=named).status_code == 200
    [message] = client.get("/api/meta/phone").json["customers"][0]["messages"]
    assert message["shown"]["text"].startswith("Hello Anna, we have an answer to your question of Monday.")


def test_reading_gives_blue_ticks_up_to_that_message_and_typing_shows_until_the_answer(
    send: Send, client: Client
) -> None:
    def phone() -> Any:
        return client.get("/api/meta/phone").json["customers"][0]

    ids = [
        client.post("/api/meta/messages", json={"from": DANIELE, "text": text}).json["message_id"]
        for text in ("uno", "due", "tre")
    ]
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": ids[1]}
    assert client.post(MESSAGES, json=body, headers=TOKEN).json == {"success": True}
    assert [m["state"] for m in phone()["messages"]] == ["read", "read", "accepted"]
    assert phone()["typing_until"] is None

    client.post(MESSAGES, json=body | {"typing_indicator": {"type": "text"}}, headers=TOKEN)
    assert 0 < phone()["typing_until"] - time.time() <= 25
    send()
    assert phone()["typing_until"] is None


@pytest.mark.parametrize("extra", [{}, {"typing_indicator": {"type": "text"}}])
def test_marking_as_read_is_a_success_and_no_message(client: Client, extra: dict[str, Any]) -> None:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.X", **extra}
    answer = client.post(MESSAGES, json=body, headers=TOKEN)

    assert answer.json == {"success": True}
    assert not any(c["messages"] for c in client.get("/api/meta/phone").json["customers"])


def test_a_user_id_reaches_the_customer_who_has_it(send: Send, client: Client) -> None:
    user_id = client.get("/api/meta/phone").json["customers"][0]["user_id"]
    answer = send(to=None, recipient=user_id)
    assert answer.json["contacts"] == [{"input": user_id, "wa_id": DANIELE, "user_id": user_id}]


@pytest.mark.parametrize(
    ("mode", "hours_since_they_wrote", "taken"),
    [
        ("known", None, True),  # they may have written through a webhook that somebody else signed
        ("known", 23, True),
        ("known", 25, False),
        ("strict", None, False),
        ("strict", 23, True),
        ("off", 25, True),
    ],
)
def test_outside_the_reply_window_only_a_template_is_taken(
    send: Send, client: Client, mode: str, hours_since_they_wrote: int | None, taken: bool
) -> None:
    client.post("/api/meta/settings", json={"reply_window": mode})
    if hours_since_they_wrote is not None:
        wrote = int(time.time()) - hours_since_they_wrote * 3600
        client.post("/api/meta/messages", json={"from": DANIELE, "text": "Buongiorno", "timestamp": wrote})

    answer = send()

    if taken:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json["error"]["code"]) == (400, 131047)
        hello = {"name": "hello_world", "language": {"code": "en_US"}}
        assert send(type="template", text=None, template=hello).status_code == 200


def test_an_unexpected_failure_is_metas_error_and_no_traceback(
    client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr("sandbox.meta.rules.check", fail)
    answer = send()
    assert (answer.status_code, answer.json["error"]["code"]) == (500, 131000)
    assert "inside" not in answer.text
