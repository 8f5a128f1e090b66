"""Templates over REST: the list, previews, new ones, reading them again; and how channels stand."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.delivery_reported import DeliveryError
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
BODY = {"type": "BODY", "text": "Ticket {{1}} di {{2}}.", "example": {"body_text": [["TT1", "Anna"]]}}
NEW: dict[str, Any] = {
    "channel": "whatsapp-main",
    "name": "notice",
    "language": "it",
    "category": "UTILITY",
    "components": [BODY],
}


def _names(rig: Rig, query: str = "") -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = rig.get(f"/templates?limit=2{query}{cursor}").get_json()
        found += [f"{each['channel']}:{each['name']}" for each in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_templates_are_listed_by_channel_and_name_in_pages(rig: Rig) -> None:
    for name in ("delta", "alpha", "charlie", "bravo"):
        rig.knows(name)
    rig.knows("alpha", "paused", channel="whatsapp-twilio")
    everything = [f"whatsapp-main:{name}" for name in ("alpha", "bravo", "charlie", "delta")]
    assert _names(rig) == [*everything, "whatsapp-twilio:alpha"]
    assert _names(rig, "&channel=whatsapp-twilio") == ["whatsapp-twilio:alpha"]
    assert _names(rig, "&status=paused,disabled") == ["whatsapp-twilio:alpha"]
    assert _names(rig, "&q=ALPH") == ["whatsapp-main:alpha", "whatsapp-twilio:alpha"]
    assert _names(rig, "&q=.*") == []


def test_a_template_says_how_it_stands_and_what_it_needs(rig: Rig) -> None:
    error = DeliveryError("100", "Invalid", "The name is taken.", "Choose another one.")
    rig.knows("notice", "rejected", components=[BODY], reason="SCAM", error=error, quality="RED")
    (listed,) = rig.get("/templates").get_json()["items"]
    assert rig.get(f"/templates/{listed['id']}").get_json() == listed
    assert (listed["status"], listed["reason"], listed["quality"]) == ("rejected", "SCAM", "RED")
    assert (listed["error"]["remedy"], listed["parameters"]) == ("Choose another one.", ["body 1", "body 2"])


def test_a_preview_shows_what_the_customer_would_read_and_what_is_missing(rig: Rig) -> None:
    rig.knows("notice", components=[BODY])
    path = f"/templates/{rig.get('/templates').get_json()['items'][0]['id']}/preview"
    given = [{"type": "body", "parameters": [{"type": "text", "text": "TT7"}]}]
    assert rig.post(path, {"components": given}).get_json() == {
        "text": "Ticket TT7 di {{2}}.",
        "missing": ["body 2"],
        "surplus": [],
    }
    assert rig.post(path, {}).get_json()["missing"] == ["body 1", "body 2"]
    assert rig.requested() == []


def test_a_new_template_is_submitted_and_listed_until_the_provider_has_it(rig: Rig) -> None:
    answer = rig.post("/templates", NEW)
    assert (answer.status_code, answer.get_json()["status"]) == (201, "submitting")
    (submitted,) = rig.requested("template.submitted")
    assert (submitted.name, submitted.components, submitted.author) == ("notice", [BODY], "anna")
    assert rig.get(f"/templates/{answer.get_json()['id']}").get_json() == answer.get_json()
    rig.knows("notice", "pending", components=[BODY], request_id=submitted.request_id)
    assert rig.get("/templates").get_json()["items"][0]["status"] == "pending"


@pytest.mark.parametrize(
    ("status", "options", "expected"),
    [
        ("approved", {}, 409),
        ("rejected", {}, 409),
        ("removed", {}, 201),
        ("rejected", {"template_id": ""}, 201),
        ("submitting", {"template_id": ""}, 409),
    ],
)
def test_a_name_can_be_used_again_only_where_the_provider_has_none(
    rig: Rig, status: str, options: dict[str, Any], expected: int
) -> None:
    rig.knows("notice", status, **options)
    answer = rig.post("/templates", NEW)
    assert answer.status_code == expected
    if expected == 409:
        assert answer.get_json()["type"] == "urn:sportello:problem:template-exists"
        assert answer.get_json()["template_status"] == status
    else:
        assert rig.get("/templates").get_json()["items"][0]["status"] == "submitting"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "nowhere"}, "channel"),
        ({"channel": {"$ne": ""}}, "channel.$ne"),
        ({"name": "With Capitals"}, "name"),
        ({"name": "a\n"}, "name"),
        ({"name": "x" * 513}, "name"),
        ({"language": "italiano!"}, "language"),
        ({"category": "SPAM"}, "category"),
        ({"components": []}, "components"),
        ({"components": ["BODY"]}, "components.0"),
        ({"components": [BODY] * 21}, "components"),
        ({"components": [{"type": "FOOTER", "text": "a"}]}, "components"),
        ({"components": [{"type": "BODY", "text": "a {{1}} b"}]}, "components.0.example"),
        ({"components": [{**BODY, "$where": 1}]}, "components.0.$where"),
        ({"status": "approved"}, "status"),
    ],
)
def test_a_template_that_nobody_would_approve_is_refused(
    rig: Rig, change: dict[str, Any], field: str
) -> None:
    answer = rig.post("/templates", {**NEW, **change})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert rig.requested("template.submitted") == []


def test_only_administrators_write_templates(rig: Rig) -> None:
    assert rig.post("/templates", NEW, token=OTHER_TOKEN).status_code == 403


def test_templates_are_read_again_on_request(rig: Rig) -> None:
    answer = rig.post("/templates/sync", {"channel": "whatsapp-twilio"})
    assert (answer.status_code, answer.get_json()) == (202, {"channel": "whatsapp-twilio"})
    (asked,) = rig.requested("template.sync_requested")
    assert (asked.channel_id, asked.channel_kind) == ("whatsapp-twilio", "whatsapp_twilio")
    unknown = rig.post("/templates/sync", {"channel": "x"})
    assert unknown.status_code == 422
    assert "whatsapp-main, whatsapp-twilio" in unknown.get_json()["errors"][0]["problem"]


def test_channels_show_their_worst_aspect(rig: Rig) -> None:
    assert [(each["id"], each["health"]) for each in rig.get("/channels").get_json()["items"]] == [
        ("whatsapp-main", {"level": "ok", "aspects": []}),
        ("whatsapp-twilio", {"level": "ok", "aspects": []}),
        ("webchat-main", {"level": "ok", "aspects": []}),
        ("mail-main", {"level": "ok", "aspects": []}),
    ]
    rig.reports("quality", "warning", "Quality is low")
    rig.reports("sending", "failing", "WhatsApp refuses the access token")
    main = rig.get("/channels/whatsapp-main").get_json()
    assert (main["name"], main["kind"], main["automatic_tickets"]) == ("WhatsApp", "whatsapp_cloud", True)
    assert main["health"]["level"] == "failing"
    assert {each["aspect"]: each["title"] for each in main["health"]["aspects"]} == {
        "quality": "Quality is low",
        "sending": "WhatsApp refuses the access token",
    }
    rig.clock.forward(seconds=1)
    rig.reports("sending", "ok")
    assert rig.get("/channels/whatsapp-main").get_json()["health"]["level"] == "warning"
    assert rig.get("/channels/whatsapp-twilio").get_json()["health"]["level"] == "ok"
    assert rig.get("/channels/other").status_code == 404
