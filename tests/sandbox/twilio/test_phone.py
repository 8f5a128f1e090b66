"""The customer's side: the form of every kind, its signature, its files, and what the phone shows."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.app import create_app
from sandbox.config import Settings
from tests.sandbox.conftest import ACCOUNT as META
from tests.sandbox.conftest import Client, refused_connection
from tests.sandbox.twilio.conftest import ACCOUNT, AUTH, DANIELE, Desk

NUMBER = "+39 335 103 2246"


def write(client: Client, **body: Any) -> Any:
    return client.post("/api/twilio/messages", json={"from": NUMBER, **body})


def upload(
    client: Client, content: bytes = b"\x89PNG", mime_type: str = "image/png", name: str = "a.png"
) -> str:
    data = {"file": (io.BytesIO(content), name, mime_type)}
    answer = client.post("/api/twilio/media", data=data)
    assert answer.status_code == 201
    media_id: str = answer.json["media_id"]
    return media_id


def bubbles(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/twilio/phone").json["customers"][0]["messages"]
    return found


def test_a_typed_message_becomes_twilios_form(client: Client, gateway: Desk) -> None:
    answer = write(client, name="Daniele è qui", text="Buongiorno")

    assert answer.status_code == 200
    [form] = gateway.incoming()
    sid = answer.json["message_id"]
    metadata = form.pop("ChannelMetadata")
    assert "Daniele è qui" in metadata
    assert form == {
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "AccountSid": ACCOUNT.account_sid,
        "ApiVersion": "2010-04-01",
        "From": DANIELE,
        "To": f"whatsapp:{ACCOUNT.number}",
        "Body": "Buongiorno",
        "NumMedia": "0",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "ProfileName": "Daniele è qui",
        "WaId": "393351032246",
        "MessageType": "text",
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
    }
    assert sid.startswith("SM")
    assert [(b["state"], b["outgoing"]) for b in bubbles(client)] == [("accepted", False)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            {
                "kind": "location",
                "latitude": 45.4642,
                "longitude": 9.19,
                "label": "Duomo",
                "address": "Milano",
            },
            {
                "MessageType": "location",
                "Latitude": "45.4642",
                "Longitude": "9.19",
                "Label": "Duomo",
                "Address": "Milano",
                "Body": "",
            },
            id="location",
        ),
        pytest.param(
            {"kind": "button_reply", "button": {"text": "Sì", "payload": "yes"}},
            {"MessageType": "interactive", "ButtonText": "Sì", "ButtonPayload": "yes", "Body": "Sì"},
            id="button of the conversation",
        ),
        pytest.param(
            {"kind": "button_reply", "button": {"text": "Sì", "payload": "yes", "template": True}},
            {"MessageType": "button", "ButtonText": "Sì", "ButtonPayload": "yes", "Body": "Sì"},
            id="button of a template",
        ),
        pytest.param(
            {"kind": "list_reply", "list": {"id": "invoices", "title": "Fatture"}},
            {"MessageType": "interactive", "ListId": "invoices", "ListTitle": "Fatture", "Body": "Fatture"},
            id="list",
        ),
        pytest.param(
            {
                "kind": "referral",
                "text": "Ho visto",
                "referral": {"headline": "Saldi", "source_type": "post"},
            },
            {
                "MessageType": "text",
                "ReferralHeadline": "Saldi",
                "ReferralBody": "",
                "ReferralSourceId": "120200000000000001",
                "ReferralSourceType": "post",
                "ReferralSourceUrl": "https://fb.me/sandbox",
                "ReferralCtwaClid": "ARAkLkA8rmlFeiCktEJQ",
                "Body": "Ho visto",
            },
            id="advertisement",
        ),
        pytest.param({"text": "x", "forwarded": True}, {"Forwarded": "true"}, id="forwarded"),
        pytest.param(
            {"text": "x", "reply_to": "SM123"},
            {
                "OriginalRepliedMessageSid": "SM123",
                "OriginalRepliedMessageSender": f"whatsapp:{ACCOUNT.number}",
            },
            id="quoting the desk",
        ),
    ],
)
def test_every_kind_has_the_form_that_twilio_gives_it(
    client: Client, gateway: Desk, body: dict[str, Any], expected: dict[str, str]
) -> None:
    assert write(client, **body).status_code == 200
    [form] = gateway.incoming()
    assert {name: form[name] for name in expected} == expected
    assert form["NumMedia"] == "0"


def test_quoting_oneself_names_oneself(client: Client, gateway: Desk) -> None:
    first = write(client, text="one").json["message_id"]
    write(client, text="two", reply_to=first)
    assert gateway.incoming()[-1]["OriginalRepliedMessageSender"] == DANIELE
    assert bubbles(client)[-1]["reply_to"] == first


@pytest.mark.parametrize(
    ("kind", "mime_type", "message_type", "body"),
    [
        ("image", "image/png", "image", ""),
        ("audio", "audio/mpeg", "audio", ""),
        ("voice", "audio/ogg", "audio", ""),
        ("video", "video/mp4", "video", ""),
        ("document", "application/pdf", "document", "a.bin"),
        ("sticker", "image/webp", "sticker", ""),
        ("contacts", "text/vcard", "contacts", ""),
    ],
)
def test_a_file_is_fetched_with_the_password_and_a_redirection(
    client: Client, gateway: Desk, kind: str, mime_type: str, message_type: str, body: str
) -> None:
    media_id = upload(client, b"the file", mime_type, "a.bin")
    sid = write(client, kind=kind, media_ids=[media_id]).json["message_id"]

    [form] = gateway.incoming()
    assert sid.startswith("MM")
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", mime_type)
    assert (form["MessageType"], form["Body"]) == (message_type, body)
    path = urlsplit(form["MediaUrl0"]).path
    assert client.get(path).status_code == 401
    redirected = client.get(path, auth=AUTH)
    assert redirected.status_code == 307
    assert client.get(path.replace(sid, "MM" + "0" * 32), auth=AUTH).status_code == 404
    fetched = client.get(urlsplit(redirected.headers["Location"]).path)
    assert (fetched.data, fetched.mimetype) == (b"the file", mime_type)
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    [bubble] = bubbles(client)
    assert bubble["shown"]["media"]["mime_type"] == mime_type


def test_a_message_may_carry_several_files_with_words(client: Client, gateway: Desk) -> None:
    ids = [upload(client), upload(client, b"GIF8", "image/gif")]
    write(client, kind="image", media_ids=ids, text="Ecco")
    [form] = gateway.incoming()
    assert (form["NumMedia"], form["Body"]) == ("2", "Ecco")
    assert [form[f"MediaContentType{n}"] for n in (0, 1)] == ["image/png", "image/gif"]
    assert form["MediaUrl0"] != form["MediaUrl1"]


def test_the_desk_may_be_told_a_fixed_address_for_files(gateway: Desk) -> None:
    account = type(ACCOUNT)(
        ACCOUNT.account_sid,
        ACCOUNT.auth_token,
        ACCOUNT.number,
        ACCOUNT.webhook_url,
        "http://sandbox:8009/twilio",
    )
    client = create_app(Settings("http://gateway.test", META, twilio=account), gateway).test_client()
    write(client, kind="image", media_ids=[upload(client)])
    assert gateway.incoming()[0]["MediaUrl0"].startswith("http://sandbox:8009/twilio/2010-04-01/Accounts/AC")


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ({"on": "media_lookup", "status": 503}, (503, 307, 200)),
        ({"on": "media_download", "status": 404}, (307, 404, 200)),
    ],
)
def test_faults_choose_the_step_of_a_download(
    client: Client, gateway: Desk, fault: dict[str, Any], statuses: tuple[int, ...]
) -> None:
    write(client, kind="image", media_ids=[upload(client, b"the file")])
    first = urlsplit(gateway.incoming()[0]["MediaUrl0"]).path
    second = urlsplit(client.get(first, auth=AUTH).headers["Location"]).path
    client.post("/api/faults", json={"provider": "twilio", **fault})
    seen = [client.get(first, auth=AUTH).status_code]
    seen += [client.get(second if seen[0] == 307 else first, auth=AUTH).status_code]
    assert (*seen, client.get(second).status_code) == statuses


def test_a_download_can_be_damaged(client: Client, gateway: Desk) -> None:
    write(client, kind="image", media_ids=[upload(client, b"the file")])
    path = urlsplit(gateway.incoming()[0]["MediaUrl0"]).path
    second = urlsplit(client.get(path, auth=AUTH).headers["Location"]).path
    client.post("/api/faults", json={"provider": "twilio", "damage": True})
    broken, whole = client.get(second).data, client.get(second).data
    assert (whole, len(broken)) == (b"the file", len(whole))
    assert broken != whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(text=st.text(min_size=1, max_size=200))
def test_any_text_arrives_as_typed_and_rightly_signed(client: Client, gateway: Desk, text: str) -> None:
    gateway.requests.clear()
    assert write(client, text=text).status_code == 200
    assert gateway.incoming()[0]["Body"] == text


@pytest.mark.parametrize("trouble", [lambda _: httpx.Response(503), refused_connection])
def test_a_message_not_delivered_can_be_sent_again_as_it_was(
    client: Client, gateway: Desk, trouble: Any
) -> None:
    gateway.answer = trouble
    answer = write(client, text="Buongiorno")
    assert (answer.status_code, bubbles(client)[0]["state"]) == (502, "failed")
    gateway.refuse(200)
    again = client.post("/api/twilio/messages/retry", json={"message_id": answer.json["message_id"]})

    assert again.status_code == 200
    forms = gateway.incoming()
    assert all(form == forms[0] for form in forms)
    assert [b["state"] for b in bubbles(client)] == ["accepted"]
    body = {"message_id": answer.json["message_id"]}
    assert client.post("/api/twilio/messages/retry", json=body).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "12", "text": "x"}, "from"),
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 1601}, "text"),
        ({"kind": "poll"}, "kind"),
        ({"kind": "image"}, "media_ids"),
        ({"kind": "image", "media_ids": ["404"]}, "media_ids"),
        ({"kind": "image", "media_ids": ["1"] * 11}, "media_ids"),
        ({"kind": "location", "latitude": 1}, "longitude"),
        ({"kind": "location", "latitude": 91, "longitude": 0}, "latitude"),
        ({"kind": "button_reply"}, "button"),
        ({"kind": "list_reply", "list": {"id": "x"}}, "list"),
        ({"text": "x", "timestamp": 1}, "timestamp"),
    ],
)
def test_what_no_phone_can_send_is_a_problem(
    client: Client, gateway: Desk, body: dict[str, Any], field: str
) -> None:
    answer = write(client, **body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert gateway.requests == []


def test_events_name_the_provider(app: Flask, client: Client) -> None:
    log = app.extensions["sandbox"].events
    position = log.position()
    write(client, text="Buongiorno")
    stream = log.stream(position)
    next(stream)
    events = next(stream)
    assert events.count("event: message") == 2
    assert events.count('"provider":"twilio"') == events.count("data: ")
