"""POST …/Messages.json: what Twilio takes, how it answers, how it refuses, and what goes wrong on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from werkzeug.datastructures import MultiDict

from sandbox.events import EventLog
from sandbox.twilio import rules
from sandbox.twilio.contents import ContentList
from sandbox.twilio.store import MAX_FILE_BYTES, TwilioStore
from tests.sandbox.conftest import Client
from tests.sandbox.twilio.conftest import ACCOUNT, API, AUTH, CALLBACK, DANIELE, Desk, file_at
from tests.support.waiting import wait_until

Send = Callable[..., Any]
FILE = f"{ACCOUNT.webhook_url}/media/a.pdf?key=1"


def content(number: int) -> str:
    return f"HX{number:032d}"


def calls(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/requests?provider=twilio").json["items"]
    return found


def bubbles(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/twilio/phone").json["customers"][0]["messages"]
    return found


def test_a_message_is_answered_in_twilios_shape(send: Send) -> None:
    answer = send()

    assert answer.status_code == 201
    sid = answer.json["sid"]
    assert answer.json | {"date_created": "", "date_updated": ""} == {
        "account_sid": ACCOUNT.account_sid,
        "api_version": "2010-04-01",
        "body": "grazie",
        "date_created": "",
        "date_sent": None,
        "date_updated": "",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": f"whatsapp:{ACCOUNT.number}",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{API.removeprefix('/twilio')}/Messages/{sid}/Media.json"},
        "to": DANIELE,
        "uri": f"{API.removeprefix('/twilio')}/Messages/{sid}.json",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"To": None}, 21604, id="no recipient"),
        pytest.param({"To": "+393351032246"}, 21211, id="not a WhatsApp address"),
        pytest.param({"To": "whatsapp:+39 335"}, 21211, id="not a number"),
        pytest.param({"To": f"whatsapp:{ACCOUNT.number}"}, 63031, id="to itself"),
        pytest.param({"From": None}, 21603, id="no sender"),
        pytest.param({"From": "whatsapp:+390000000"}, 63007, id="foreign sender"),
        pytest.param({"Body": None}, 21619, id="nothing to send"),
        pytest.param({"Body": " \n"}, 21619, id="only spaces"),
        pytest.param({"Body": "x" * 1601}, 21617, id="too long"),
        pytest.param({"MediaUrl": [FILE, FILE]}, 21623, id="two files"),
        pytest.param({"MediaUrl": [FILE] * 11}, 21623, id="eleven files"),
        pytest.param({"MediaUrl": "file:///etc/passwd"}, 21620, id="no web address"),
        pytest.param({"MediaUrl": "http://[::1"}, 21620, id="no address at all"),
        pytest.param({"StatusCallback": "desk/status"}, 21609, id="callback without host"),
        pytest.param({"ContentSid": "HX404"}, 21655, id="unknown content"),
        pytest.param({"ContentSid": content(1), "ContentVariables": "{"}, 21656, id="variables no JSON"),
        pytest.param({"ContentSid": content(1), "ContentVariables": "[" * 9999}, 21656, id="too deep"),
        pytest.param({"ContentSid": content(1), "ContentVariables": '{"1": 7}'}, 21656, id="not a text"),
    ],
)
def test_a_bad_message_is_refused_with_twilios_code(
    send: Send, client: Client, change: dict[str, Any], code: int
) -> None:
    answer = send(**change)

    assert (answer.status_code, answer.json["code"], answer.json["status"]) == (400, code, 400)
    assert answer.json["more_info"].endswith(f"/{code}")
    assert answer.json["message"]
    assert bubbles(client) == []


def test_the_longest_text_is_taken(send: Send) -> None:
    assert send(Body="x" * 1600).status_code == 201


@pytest.mark.parametrize(
    "auth", [None, (ACCOUNT.account_sid, "wrong"), ("AC0", ACCOUNT.auth_token), ("é", "é")]
)
def test_a_wrong_password_is_refused(client: Client, auth: Any) -> None:
    answer = client.post(f"{API}/Messages.json", data={"To": DANIELE}, auth=auth)
    assert (answer.status_code, answer.json["code"]) == (401, 20003)


def test_a_revoked_token_is_refused_until_it_is_restored(send: Send, client: Client) -> None:
    client.post("/api/twilio/settings", json={"token_valid": False})
    assert (send().status_code, send().json["code"]) == (401, 20003)
    assert client.get("/api/twilio/phone").json["token_valid"] is False
    client.post("/api/twilio/settings", json={"token_valid": True})
    assert send().status_code == 201


@pytest.mark.parametrize(
    ("number", "status", "expected"),
    [
        (2, "approved", {"type": "quick_reply", "title": "Sì, grazie", "payload": "yes"}),
        (2, "pending", {"type": "reply", "title": "Sì, grazie", "id": "yes"}),
        (4, "approved", {"type": "url", "title": "Track it", "url": "https://example.com/orders/B-9"}),
    ],
)
def test_a_contents_buttons_are_on_the_phone(
    send: Send, client: Client, number: int, status: str, expected: dict[str, str]
) -> None:
    client.post(f"/api/twilio/contents/{content(number)}/approval", json={"status": status})
    assert send(ContentSid=content(number), ContentVariables='{"1": "B-9"}').status_code == 201
    assert bubbles(client)[0]["shown"]["buttons"][0] == expected


def test_a_contents_list_is_on_the_phone(send: Send, client: Client) -> None:
    send(ContentSid=content(5))
    shown = bubbles(client)[0]["shown"]["list"]
    assert shown["button"] == "Scegli"
    assert [row["id"] for row in shown["sections"][0]["rows"]] == ["support", "invoices"]


def test_calls_are_recorded_with_their_form_and_without_the_password(send: Send, client: Client) -> None:
    answer = send(MediaUrl=[FILE, FILE])
    sent = send(Body="è tutto", StatusCallback=CALLBACK)

    first, second = calls(client)
    assert first["body"]["MediaUrl"] == [FILE, FILE]
    assert (first["status"], first["answer"]) == (400, answer.json)
    assert second["path"] == f"{API.removeprefix('/twilio')}/Messages.json"
    assert second["body"] == {
        "To": DANIELE,
        "From": f"whatsapp:{ACCOUNT.number}",
        "Body": "è tutto",
        "StatusCallback": CALLBACK,
    }
    assert (second["answer"], second["note"]) == (sent.json, "text to +393351032246")
    assert ACCOUNT.auth_token not in json.dumps(calls(client))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{API}/Messages/SM404.json", 404, 20404),
        ("GET", f"{API}/Messages/SM404/Media.json", 404, 20404),
        ("GET", f"{API}/Messages/SM404/Media/ME404", 404, 20404),
        ("GET", "/twilio/2010-04-01/Accounts/ACother/Messages.json", 404, 20404),
        ("POST", "/twilio/2010-04-01/Accounts/ACother/Messages.json", 404, 20404),
        ("GET", f"{API}/Calls.json", 404, 20404),
        ("GET", "/twilio/cdn/guess", 404, 20404),
        ("GET", f"{API}/Messages.json?PageSize=0", 400, 20001),
        ("GET", f"{API}/Messages.json?Page=-1", 400, 20001),
        ("GET", f"{API}/Messages.json?DateSent%3E=yesterday", 400, 20001),
        ("PUT", f"{API}/Messages.json", 404, 20404),
        ("GET", "/twilio/v1/Content/HX404", 404, 20404),
        ("DELETE", "/twilio/v1/Content/HX404", 404, 20404),
        ("POST", "/twilio/v1/Content/HX404/ApprovalRequests/whatsapp", 404, 20404),
        ("POST", "/twilio/v1/Content", 400, 20001),
    ],
)
def test_what_is_not_there_is_refused_in_twilios_words(
    client: Client, method: str, path: str, status: int, code: int
) -> None:
    answer = client.open(path, method=method, auth=AUTH)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_file_is_fetched_from_the_desk_and_shown_on_the_phone(
    send: Send, client: Client, gateway: Desk
) -> None:
    gateway.answer = file_at(b"%PDF-1.7", "application/pdf")
    sent = send(Body="La fattura", MediaUrl=FILE)

    assert sent.json["sid"].startswith("MM")
    assert sent.json["num_media"] == "1"
    [fetched] = gateway.requests
    # The public address leads to the gateway; anything else on the web is never asked.
    assert str(fetched.url) == "http://gateway.test/media/a.pdf?key=1"
    [bubble] = bubbles(client)
    assert (bubble["shown"]["kind"], bubble["shown"]["label"]) == ("document", "a.pdf")
    shown = client.get(f"/api/twilio/media/{bubble['shown']['media']['id']}")
    assert (shown.data, shown.mimetype) == (b"%PDF-1.7", "application/pdf")
    assert shown.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (FILE, lambda _: httpx.Response(404)),
        (FILE, lambda _: httpx.Response(302, headers={"Location": "http://169.254.169.254/"})),
        (FILE, lambda _: httpx.Response(200, content=b"x" * (MAX_FILE_BYTES + 1))),
        ("https://elsewhere.example/a.pdf", file_at(b"x", "application/pdf")),
        ("http://169.254.169.254/latest", file_at(b"x", "application/pdf")),
        (f"{ACCOUNT.webhook_url}.evil.example/a.pdf", file_at(b"x", "application/pdf")),
    ],
)
def test_a_file_that_cannot_be_had_fails_the_message_afterwards(
    send: Send, client: Client, gateway: Desk, url: str, answer: Any
) -> None:
    gateway.answer = answer
    client.post("/api/twilio/receipts", json={"mode": "auto"})
    sent = send(MediaUrl=url)
    assert (sent.status_code, sent.json["error_code"]) == (201, None)

    path = f"{API}/Messages/{sent.json['sid']}.json"
    wait_until(lambda: client.get(path, auth=AUTH).json["error_code"] == 63019)
    assert client.get(path, auth=AUTH).json["status"] == "failed"


@pytest.mark.parametrize(
    ("form", "failure"),
    [
        ({}, 63016),
        ({"ContentSid": content(1)}, None),
        ({"ContentSid": content(2)}, None),
        ({"ContentSid": content(5)}, 63016),  # unsubmitted, and a list opens no conversation anyway
        ({"ContentSid": content(6)}, 63016),  # rejected
        ({"ContentSid": content(7)}, 63016),  # pending
        ({"ContentSid": content(8)}, 63041),
        ({"ContentSid": content(9)}, 63042),
    ],
)
def test_outside_the_window_only_an_approved_content_goes_out(
    send: Send, client: Client, form: dict[str, str], failure: int | None
) -> None:
    client.post("/api/twilio/settings", json={"reply_window": "strict", "refusals": "immediate"})
    answer = send(**form)
    assert answer.json.get("code") == failure
    assert answer.status_code == (400 if failure else 201)


def test_a_list_opens_no_conversation_even_when_approved(send: Send, client: Client) -> None:
    client.post("/api/twilio/settings", json={"reply_window": "strict", "refusals": "immediate"})
    client.post(f"/api/twilio/contents/{content(5)}/approval", json={"status": "approved"})
    assert send(ContentSid=content(5)).json["code"] == 63016


def test_within_the_window_every_content_in_use_goes_out(send: Send, client: Client) -> None:
    client.post("/api/twilio/settings", json={"reply_window": "strict", "refusals": "immediate"})
    client.post("/api/twilio/messages", json={"from": "+39 335 103 2246", "text": "Buongiorno"})
    assert [send(ContentSid=content(n)).status_code for n in (1, 5, 7)] == [201] * 3
    assert send().status_code == 201
    assert send(ContentSid=content(8)).json["code"] == 63041


@pytest.mark.parametrize(("age", "failure"), [(0, None), (86_399, None), (86_400, None), (86_401, 63016)])
@pytest.mark.parametrize("window", ["known", "strict"])
def test_the_window_is_open_for_24_hours_to_the_second(window: Any, age: int, failure: int | None) -> None:
    store = TwilioStore(EventLog())
    store.phones.reply_window = window
    store.phones.wrote("393351032246", 1_700_000_000)
    form = MultiDict({"To": DANIELE, "From": f"whatsapp:{ACCOUNT.number}", "Body": "grazie"})
    accepted = rules.check(form, ACCOUNT, store, ContentList(), 1_700_000_000 + age)
    assert accepted.failure == failure


def test_the_last_page_of_a_list_names_no_next_one(client: Client) -> None:
    pages = [
        client.get(f"/twilio/v1/ContentAndApprovals?PageSize=3&Page={n}", auth=AUTH).json for n in range(3)
    ]
    assert [len(page["contents"]) for page in pages] == [3, 3, 3]
    assert [bool(page["meta"]["next_page_url"]) for page in pages] == [True, True, False]
    assert [bool(page["meta"]["previous_page_url"]) for page in pages] == [False, True, True]


@pytest.mark.parametrize(
    ("fault", "status", "code", "retry_after"),
    [
        ({"status": 429}, 429, 20429, "1"),
        ({"status": 503}, 503, 20503, None),
        ({"status": 500}, 500, 20500, None),
        ({"code": 20429}, 429, 20429, "1"),
        ({"code": 63018}, 429, 63018, "1"),
        ({"code": 21610}, 400, 21610, None),
        ({"code": 999999}, 400, 999999, None),
        ({"timeout": 0.01}, 504, 20500, None),
    ],
)
def test_a_fault_hits_the_next_calls_and_then_no_more(
    send: Send, client: Client, fault: dict[str, Any], status: int, code: int, retry_after: str | None
) -> None:
    client.post("/api/faults", json={"provider": "twilio", "times": 2, **fault})
    assert client.post(f"{API}/Messages.json", data={}).status_code == 401  # a stranger uses up none

    answers = [send() for _ in range(3)]

    assert [a.status_code for a in answers] == [status, status, 201]
    assert (answers[0].json["code"], answers[0].headers.get("Retry-After")) == (code, retry_after)
    assert len(bubbles(client)) == 1


def test_a_lost_answer_leaves_the_message_on_the_phone(send: Send, client: Client) -> None:
    client.post("/api/faults", json={"provider": "twilio", "after": True, "status": 500})
    assert client.get(f"{API}/Messages.json", auth=AUTH).json["messages"] == []

    assert send().status_code == 500
    [found] = client.get(f"{API}/Messages.json?To={DANIELE.replace('+', '%2B')}", auth=AUTH).json["messages"]
    assert [b["id"] for b in bubbles(client)] == [found["sid"]]


def test_a_fault_may_hit_the_templates_alone(send: Send, client: Client) -> None:
    client.post("/api/faults", json={"provider": "twilio", "on": "templates", "status": 503})
    assert send().status_code == 201
    assert [client.get("/twilio/v1/Content", auth=AUTH).status_code for _ in range(2)] == [503, 200]


def test_a_sandbox_without_twilio_has_no_such_routes(gateway: Desk) -> None:
    from sandbox.app import create_app
    from sandbox.config import Settings
    from tests.sandbox.conftest import ACCOUNT as META

    client = create_app(Settings("http://gateway.test", META), gateway).test_client()
    assert client.get("/api/twilio/phone").status_code == 404
    assert client.post(f"{API}/Messages.json", auth=AUTH).status_code == 404
    assert client.post("/api/faults", json={"provider": "twilio", "status": 500}).status_code == 422
