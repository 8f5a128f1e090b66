"""Templates as they are submitted and judged, account webhooks, and faults that choose what they hit."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.conftest import ACCOUNT, GRAPH, MESSAGES, TOKEN, Client, FakeGateway

Send = Callable[..., Any]
Upload = Callable[..., str]
TEMPLATES = f"{GRAPH}/{ACCOUNT.waba_id}/message_templates"
BODY = {"type": "BODY", "text": "Ciao {{1}}, a presto.", "example": {"body_text": [["Anna"]]}}


def create(client: Client, **change: Any) -> Any:
    body = {"name": "nuovo", "language": "it", "category": "UTILITY", "components": [BODY]} | change
    return client.post(TEMPLATES, json=body, headers=TOKEN)


def plan(client: Client, **fault: Any) -> Any:
    return client.post("/api/faults", json={"provider": "meta", **fault})


def test_a_template_is_submitted_judged_sent_and_deleted(
    client: Client, gateway: FakeGateway, send: Send
) -> None:
    created = create(client)
    assert created.json == {"id": created.json["id"], "status": "PENDING", "category": "UTILITY"}
    parameters = [{"type": "text", "text": "Anna"}]
    template = {
        "name": "nuovo",
        "language": {"code": "it"},
        "components": [{"type": "body", "parameters": parameters}],
    }
    assert send(type="template", text=None, template=template).json["error"]["code"] == 132001

    decided = client.post(f"/api/meta/templates/{created.json['id']}/status", json={"status": "APPROVED"})
    assert decided.json["template"]["status"] == "APPROVED"
    [entry] = json.loads(gateway.requests[-1].content)["entry"]
    assert entry["id"] == ACCOUNT.waba_id
    assert entry["time"] > 1_700_000_000
    assert entry["changes"][0]["field"] == "message_template_status_update"
    assert entry["changes"][0]["value"] == {
        "event": "APPROVED",
        "message_template_id": int(created.json["id"]),
        "message_template_name": "nuovo",
        "message_template_language": "it",
        "message_template_category": "UTILITY",
        "reason": "NONE",
    }
    assert send(type="template", text=None, template=template).status_code == 200
    assert client.delete(TEMPLATES, query_string={"name": "nuovo"}, headers=TOKEN).json == {"success": True}
    assert send(type="template", text=None, template=template).json["error"]["code"] == 132001
    assert client.delete(TEMPLATES, query_string={"name": "nuovo"}, headers=TOKEN).status_code == 400


@pytest.mark.parametrize(
    ("status", "sends", "key"),
    [("PAUSED", 132015, "other_info"), ("DISABLED", 132016, "disable_info"), ("REJECTED", 132001, "reason")],
)
def test_a_judgement_stops_the_template_and_says_why(
    client: Client, gateway: FakeGateway, send: Send, status: str, sends: int, key: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pywa import WhatsApp
        from pywa.types.templates import TemplateStatusUpdate
    [template] = [t for t in client.get("/api/meta/templates").json["items"] if t["name"] == "hello_world"]
    client.post(f"/api/meta/templates/{template['id']}/status", json={"status": status, "reason": "SCAM"})

    hello = {"name": "hello_world", "language": {"code": "en_US"}}
    assert send(type="template", text=None, template=hello).json["error"]["code"] == sends
    payload = json.loads(gateway.requests[-1].content)
    assert payload["entry"][0]["changes"][0]["value"][key]
    wa = WhatsApp(filter_updates=False, validate_updates=False)
    assert TemplateStatusUpdate.from_update(client=wa, update=payload).new_status == status


def test_a_template_nobody_has_cannot_be_judged(client: Client) -> None:
    assert client.post("/api/meta/templates/1/status", json={"status": "APPROVED"}).status_code == 404
    assert client.post("/api/meta/templates/1/status", json={"status": "FINE"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "subcode"),
    [
        ({"name": "Nuovo!"}, 2388052),
        ({"name": "x" * 513}, 2388052),
        ({"language": "Italian"}, 2388053),
        ({"category": "FUN"}, 2388054),
        ({"components": []}, 2388043),
        ({"components": [{"type": "FOOTER", "text": "x"}]}, 2388043),
        ({"components": [BODY, BODY]}, 2388043),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
        ({"components": [{"type": "BODY", "text": "a {{1}} b"}]}, 2388043),
        ({"components": [{**BODY, "text": "{{1}} first"}]}, 2388299),
        ({"components": [{**BODY, "text": "a {{2}} b"}]}, 2388047),
        ({"components": [BODY, {"type": "FOOTER", "text": "a {{1}}"}]}, 2388073),
        ({"components": [BODY, {"type": "HEADER", "format": "SONG"}]}, 2388047),
        ({"components": [BODY, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "x"}]}]}, 2388043),
        ({"components": [BODY, {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x" * 26}]}]},
         2388040),
        ({"name": "ticket_update"}, 2388024),
        ({"name": "ticket_update", "language": "fr", "category": "MARKETING"}, 2388025),
    ],
)  # fmt: skip
def test_what_meta_would_not_even_review_is_refused(
    client: Client, change: dict[str, Any], subcode: int
) -> None:
    answer = create(client, **change)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)
    assert answer.json["error"]["error_subcode"] == subcode


def test_the_templates_need_several_pages_and_hold_what_breaks_clients(client: Client) -> None:
    items = client.get(TEMPLATES, headers=TOKEN).json["data"]
    parts = [part for template in items for part in template["components"]]
    buttons = [button for part in parts for button in part.get("buttons", [])]
    assert len(items) > 9
    assert "be_BY" in {t["language"] for t in items}
    assert {"IMAGE", "DOCUMENT"} <= {part.get("format") for part in parts}
    assert any("{{1}}" in button.get("url", "") for button in buttons)
    one = client.get(f"{GRAPH}/{items[0]['id']}", headers=TOKEN).json
    assert one["name"] == items[0]["name"]


def test_account_webhooks_go_out_as_given_and_signed(client: Client, gateway: FakeGateway) -> None:
    value = {"display_phone_number": "390280881234", "event": "FLAGGED", "current_limit": "TIER_1K"}
    body = {"field": "phone_number_quality_update", "value": value}
    assert client.post("/api/meta/notices", json=body).status_code == 200
    [entry] = json.loads(gateway.requests[-1].content)["entry"]
    assert entry["changes"] == [{"value": value, "field": "phone_number_quality_update"}]
    assert client.post("/api/meta/notices", json={"field": "messages", "value": {}}).status_code == 422
    gateway.refuse(500)
    assert client.post("/api/meta/notices", json=body).status_code == 502


def test_the_media_host_fails_three_times_and_is_fine_again(
    client: Client, upload: Upload, send: Send
) -> None:
    media_id = upload(b"content")
    plan(client, on="media_download", status=503, times=3)
    assert send().status_code == 200
    about = client.get(f"{GRAPH}/{media_id}", headers=TOKEN)
    assert about.status_code == 200
    path = urlsplit(about.json["url"]).path
    assert [client.get(path, headers=TOKEN).status_code for _ in range(4)] == [503, 503, 503, 200]


@pytest.mark.parametrize(
    ("operation", "hit"),
    [
        ("send", "send"),
        ("templates", "templates"),
        ("media_lookup", "lookup"),
        ("media_download", "download"),
        ("media_upload", "upload"),
    ],
)
def test_a_fault_waits_for_what_it_was_planned_for(
    client: Client, upload: Upload, operation: str, hit: str
) -> None:
    media_id = upload(b"content")
    about = client.get(f"{GRAPH}/{media_id}", headers=TOKEN).json
    plan(client, on=operation, status=503)
    sent = {"messaging_product": "whatsapp", "to": "393351032246", "text": {"body": "x"}}
    got = {
        "number": client.get(f"{GRAPH}/{ACCOUNT.phone_number_id}", headers=TOKEN).status_code,
        "lookup": client.get(f"{GRAPH}/{media_id}", headers=TOKEN).status_code,
        "download": client.get(about["url"], headers=TOKEN).status_code,
        "templates": client.get(TEMPLATES, headers=TOKEN).status_code,
        "send": client.post(MESSAGES, json=sent, headers=TOKEN).status_code,
        "upload": client.post(
            f"{GRAPH}/{ACCOUNT.phone_number_id}/media",
            data={"messaging_product": "whatsapp", "type": "text/plain", "file": (io.BytesIO(b"x"), "a")},
            headers=TOKEN,
        ).status_code,
    }
    assert {name for name, status in got.items() if status == 503} == {hit}


def test_a_damaged_download_has_the_right_length_and_wrong_bytes(
    client: Client, upload: Upload, send: Send
) -> None:
    media_id = upload(b"content")
    assert plan(client, damage=True).status_code == 201
    assert send().status_code == 200
    url = client.get(f"{GRAPH}/{media_id}", headers=TOKEN).json["url"]
    damaged, whole = (client.get(url, headers=TOKEN).data for _ in range(2))
    assert whole == b"content"
    assert (len(damaged), damaged != whole) == (len(whole), True)


@pytest.mark.parametrize(
    "fault",
    [{"damage": True, "on": "send"}, {"damage": True, "after": True}, {"damage": False},
     {"status": 500, "on": "tuesday"}, {"status": 500, "after": True, "on": "templates"}],
)  # fmt: skip
def test_a_fault_that_could_never_happen_is_refused(client: Client, fault: dict[str, Any]) -> None:
    assert plan(client, **fault).status_code == 422


def test_a_revoked_token_opens_nothing_until_it_is_restored(
    client: Client, upload: Upload, send: Send
) -> None:
    url = client.get(f"{GRAPH}/{upload()}", headers=TOKEN).json["url"]
    assert client.post("/api/meta/settings", json={"token_valid": False}).json["token_valid"] is False
    for path in (url, TEMPLATES, f"{GRAPH}/{ACCOUNT.phone_number_id}"):
        answer = client.get(path, headers=TOKEN)
        assert (answer.status_code, answer.json["error"]["code"]) == (401, 190)
    assert send().status_code == 401
    assert client.get("/api/meta/phone").json["reply_window"] == "known"
    client.post("/api/meta/settings", json={"token_valid": True})
    assert send().status_code == 200
