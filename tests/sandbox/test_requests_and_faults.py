"""What tests steer the sandbox with: the list of requests and the faults to come."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from sandbox.calls import CallLog
from sandbox.events import EventLog
from tests.sandbox.conftest import ACCOUNT, DANIELE, MESSAGES, TOKEN, Client

Send = Callable[..., Any]


def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    return client.get(f"/api/requests?{query}").json["items"]


def plan(client: Client, **fault: Any) -> Any:
    return client.post("/api/faults", json={"provider": "meta", **fault})


def test_a_request_is_listed_as_it_came_with_its_answer(send: Send, client: Client) -> None:
    answer = send(text={"body": "è tutto"})

    [call] = items(client)
    assert (call["provider"], call["method"]) == ("meta", "POST")
    assert call["path"] == MESSAGES.removeprefix("/graph")
    assert call["body"]["text"] == {"body": "è tutto"}
    assert (call["status"], call["answer"]) == (200, answer.json)
    assert datetime.fromisoformat(call["at"]).utcoffset() is not None


def test_no_token_is_ever_listed(client: Client) -> None:
    client.get(f"/graph/v26.0/1?access_token={ACCOUNT.access_token}&fields=id", headers=TOKEN)
    [call] = items(client)
    assert ACCOUNT.access_token not in json.dumps(call)
    assert call["path"] == "/v26.0/1?fields=id"


def test_since_and_provider_narrow_the_list(send: Send, client: Client) -> None:
    for n in range(4):
        send(text={"body": str(n)})
    second = items(client)[1]["at"]

    assert [c["body"]["text"]["body"] for c in items(client, f"since={second}")] == ["2", "3"]
    assert len(items(client, "provider=meta")) == 4
    assert items(client, "provider=twilio") == []
    assert items(client, f"since={time.time() + 5}") == []
    assert client.get("/api/requests?since=yesterday").status_code == 400


def test_forgotten_requests_are_gone(send: Send, client: Client) -> None:
    send()
    assert client.delete("/api/requests").status_code == 204
    assert items(client) == []


def test_the_list_is_bounded_by_number_and_by_size() -> None:
    calls = CallLog(EventLog(), max_calls=5, max_bytes=100)
    for n in range(20):
        calls.record("meta", "POST", f"/{n}", None, 10)
    assert [c["path"] for c in calls.select()] == ["/15", "/16", "/17", "/18", "/19"]
    calls.record("meta", "POST", "/large", None, 90)
    assert [c["path"] for c in calls.select()] == ["/19", "/large"]


def test_times_of_requests_strictly_grow() -> None:
    calls = CallLog(EventLog())
    for _ in range(500):
        calls.record("meta", "GET", "/", None, 0)
    times = [c["at"] for c in calls.select()]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"status": 429}, 429, 130429),
        ({"status": 503}, 503, 2),
        ({"status": 500}, 500, 131000),
        ({"status": 401}, 401, 190),
        ({"code": 131056}, 400, 131056),
        ({"code": 131016}, 500, 131016),
        ({"code": 190}, 401, 190),
        ({"code": 999999}, 400, 999999),
        ({"timeout": 0.01}, 504, 131000),
    ],
)
def test_a_fault_hits_the_next_calls_and_then_no_more(
    send: Send, client: Client, fault: dict[str, Any], status: int, code: int
) -> None:
    assert plan(client, times=2, **fault).status_code == 201

    answers = [send() for _ in range(3)]

    assert [a.status_code for a in answers] == [status, status, 200]
    assert answers[0].json["error"]["code"] == code
    assert [bool(c["fault"]) for c in items(client)] == [True, True, False]
    assert len(client.get("/api/meta/phone").json["customers"][0]["messages"]) == 1


def test_faults_come_in_the_order_in_which_they_were_asked_for(send: Send, client: Client) -> None:
    plan(client, status=503)
    plan(client, code=131026)
    assert [send().status_code for _ in range(3)] == [503, 400, 200]


def test_a_stranger_uses_up_no_fault(send: Send, client: Client) -> None:
    plan(client, status=503)
    assert client.post(MESSAGES, json={}).status_code == 401
    assert send().status_code == 503


@pytest.mark.parametrize("fault", [{"status": 500}, {"timeout": 0.01}])
def test_a_lost_answer_leaves_the_message_on_the_phone(
    send: Send, client: Client, fault: dict[str, Any]
) -> None:
    plan(client, after=True, **fault)
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.X"}
    assert client.post(MESSAGES, json=read, headers=TOKEN).status_code == 200  # it waits for a message

    answer = send()

    assert answer.status_code >= 500
    assert "messages" not in answer.json
    [message] = client.get("/api/meta/phone").json["customers"][0]["messages"]
    assert message["shown"]["text"] == "grazie"


def test_clearing_the_faults_lets_a_hanging_call_go(app: Flask, client: Client) -> None:
    plan(client, timeout=60)
    plan(client, status=500)
    answers: list[int] = []

    def call() -> None:
        body = {"messaging_product": "whatsapp", "to": DANIELE, "text": {"body": "x"}}
        answers.append(app.test_client().post(MESSAGES, json=body, headers=TOKEN).status_code)

    caller = threading.Thread(target=call)
    caller.start()
    while len(client.get("/api/faults").json["items"]) == 2:
        time.sleep(0.005)
    assert client.delete("/api/faults").status_code == 204
    caller.join(timeout=5)

    assert answers == [504]
    assert client.get("/api/faults").json["items"] == []


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"status": 429, "code": 4},
        {"status": 200},
        {"status": 700},
        {"status": "429"},
        {"timeout": 0},
        {"timeout": 61},
        {"timeout": "soon"},
        {"code": 0},
        {"status": 500, "times": 0},
        {"status": 500, "times": 1001},
        {"status": 500, "provider": "twitter"},
        {"status": 500, "until": "tomorrow"},
    ],
)
def test_a_fault_that_makes_no_sense_is_a_problem(client: Client, fault: dict[str, Any]) -> None:
    answer = plan(client, **fault)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"]
    assert client.get("/api/faults").json["items"] == []


def test_too_many_faults_are_refused(client: Client) -> None:
    answers = [plan(client, status=500).status_code for _ in range(101)]
    assert answers == [201] * 100 + [429]


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("POST", "/api/faults", b"{", "application/json", 400),
        ("POST", "/api/faults", b"[]", "application/json", 400),
        ("POST", "/api/faults", b"[" * 100_000, "application/json", 400),
        ("POST", "/api/faults", b"{}", "text/plain", 415),
        ("POST", "/api/faults", b"x" * (2**20 + 1), "application/json", 413),
        ("GET", "/api/requests/77", b"", None, 404),
        ("GET", "/api/nothing", b"", None, 404),
        ("PATCH", "/api/faults", b"", None, 405),
    ],
)
def test_every_refusal_of_its_own_is_a_problem(
    client: Client, method: str, path: str, body: bytes, content_type: str | None, status: int
) -> None:
    answer = client.open(path, method=method, data=body, content_type=content_type)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
