"""Settings of live chats over REST: every chat has them, what cannot be is refused with its place."""

from __future__ import annotations

from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from tests.ticket_service.api.rig import MAIL_CHANNEL, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
SETTINGS: Final = "/settings/chat"
CHAT: Final = "webchat-main"


def put(rig: Rig, channels: dict[str, Any], **options: Any) -> TestResponse:
    """PUT with the ETag as it is now."""
    match = {"If-Match": rig.get(SETTINGS).headers["ETag"]}
    return rig.call("PUT", SETTINGS, json={"channels": channels}, headers=match, **options)


def test_every_live_chat_has_settings_before_anybody_set_them(rig: Rig) -> None:
    begun = rig.get(SETTINGS).get_json()
    assert set(begun["channels"]) == {CHAT}
    chat = begun["channels"][CHAT]
    assert (chat["tickets"], chat["online"], chat["page_context"]) == ("at_once", "both", False)
    assert begun["sites"] == {CHAT: {"name": "Sito", "key": "site_key-0001", "address": ""}}


def test_settings_of_chats_are_kept_as_a_whole_and_by_whoever_read_them_last(rig: Rig) -> None:
    begun = rig.get(SETTINGS).get_json()["channels"][CHAT]
    wanted: dict[str, Any] = {
        "language": "it",
        "texts": {"it": {"welcome": "Buongiorno!\nDica pure."}, "pt-BR": {"title": "Oi"}},
        "form": [
            {"key": "email", "kind": "email", "required": True},
            {"key": "topic", "kind": "choice", "labels": {"it": "Tema"}, "choices": ["Ordini", "Altro"]},
        ],
        "mailbox": MAIL_CHANNEL.id,
        "tickets": "missed",
    }
    stale = {"If-Match": rig.get(SETTINGS).headers["ETag"]}
    kept = put(rig, {CHAT: wanted})
    assert kept.status_code == 200, kept.text
    chat = kept.get_json()["channels"][CHAT]
    assert chat == {**begun, **wanted, "form": chat["form"]}
    assert chat["form"][1] == {**wanted["form"][1], "required": False}
    assert rig.get(SETTINGS).get_json() == kept.get_json()
    assert rig.call("PUT", SETTINGS, json={"channels": {}}, headers=stale).status_code == 412
    assert rig.call("PUT", SETTINGS, json={"channels": {}}).status_code == 428
    assert put(rig, {}).get_json()["channels"][CHAT] == begun


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"colour": "red"}, f"channels.{CHAT}.value.colour"),
        ({"position": "left"}, f"channels.{CHAT}.value.position"),
        ({"tickets": "never"}, f"channels.{CHAT}.value.tickets"),
        ({"mail_after_minutes": 0}, f"channels.{CHAT}.value.mail_after_minutes"),
        ({"texts": {"it": {"goodbye": "Ciao"}}}, None),
        ({"texts": {"it": {"welcome": "x" * 2_001}}}, None),
        ({"texts": {"<script>": {"welcome": "x"}}}, None),
        ({"calendar": "nowhere"}, f"channels.{CHAT}.calendar"),
        ({"mailbox": "whatsapp-main"}, f"channels.{CHAT}.mailbox"),
        ({"form": [{"key": "Name"}]}, f"channels.{CHAT}.form.0.key"),
        ({"form": [{"key": "a"}, {"key": "a"}]}, f"channels.{CHAT}.form.1.key"),
        ({"form": [{"key": "email", "kind": "text"}]}, f"channels.{CHAT}.form.0.kind"),
        ({"form": [{"key": "a", "kind": "choice"}]}, f"channels.{CHAT}.form.0.choices"),
        ({"form": [{"key": "a", "choices": ["x"]}]}, f"channels.{CHAT}.form.0.choices"),
    ],
)
def test_settings_of_chats_that_cannot_be_are_refused(
    rig: Rig, wanted: dict[str, Any], field: str | None
) -> None:
    refused = put(rig, {CHAT: wanted})
    assert refused.status_code == 422, refused.text
    fields = {each["field"] for each in refused.get_json()["errors"]}
    assert field is None or fields == {field}


def test_only_live_chats_have_such_settings_and_only_administrators_change_them(rig: Rig) -> None:
    refused = put(rig, {"whatsapp-main": {}})
    assert refused.status_code == 422
    assert "webchat-main" in refused.get_json()["errors"][0]["problem"]
    assert put(rig, {}, token=OTHER_TOKEN).status_code == 403


def test_business_hours_of_a_chat_cannot_go(rig: Rig) -> None:
    office = {
        "name": "Ufficio",
        "time_zone": "Europe/Rome",
        "hours": [{"weekday": "monday", "opens": "08:00", "closes": "18:00"}],
    }
    made = rig.post("/settings/calendars", office)
    assert made.status_code == 201, made.text
    path = f"/settings/calendars/{made.get_json()['id']}"
    match = {"If-Match": rig.get(path).headers["ETag"]}
    assert put(rig, {CHAT: {"calendar": made.get_json()["id"]}}).status_code == 200
    refused = rig.call("DELETE", path, headers=match)
    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:sportello:problem:in-use")
    put(rig, {})
    assert rig.call("DELETE", path, headers=match).status_code == 204
