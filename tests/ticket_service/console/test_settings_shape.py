"""The settings that give the desk its shape, as administrators and others see them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bs4 import Tag

from services.ticket_service.console.settings.areas import GROUPS
from services.ticket_service.console.settings.presets import WAYS, successor
from services.ticket_service.domain.presets import PRESETS
from shared.contracts.visitor import Visitor
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.building_chat import chat_message
from tests.ticket_service.console.rig import page

pytestmark = pytest.mark.integration

PAGES = (
    *("statuses", "statuses/open", "presets", "fields", "dictionaries/priority"),
    *(
        "dictionaries",
        "dictionaries/service",
        "dictionaries/priority/high",
        "numbering",
        "desk",
        "service-levels",
    ),
    *("calendars", "assignment-rules", "opening-question", "auto-close", "attachments", "retention"),
    *("documents", "documents/ticket-summary", "blocked"),
)
FOR_ADMINISTRATORS = (
    *("statuses/new", "presets/S004", "service-levels/new", "calendars/new", "assignment-rules/new"),
    *("documents/new", "documents/new?copy=ticket-summary"),
)
HOSTILE = "<script>alert('1')</script>\"'"


def the(place: Tag, selector: str) -> Tag:
    found = place.select_one(selector)
    assert found is not None, selector
    return found


@pytest.mark.parametrize("path", [*PAGES, *FOR_ADMINISTRATORS])
def test_an_administrator_may_save_each_page(rig: Rig, path: str) -> None:
    shown = page(rig, f"/settings/{path}")
    assert the(shown, "h1").text.strip()
    assert not shown.select("fieldset[disabled]") or "ticket-summary" in path
    assert shown.select(".settings-link.is-here")


@pytest.mark.parametrize("path", PAGES)
def test_who_may_only_look_finds_nothing_to_press(rig: Rig, path: str) -> None:
    shown = page(rig, f"/settings/{path}", user="vera")
    assert "an administrator can change them" in shown.text
    for form in shown.select("main form[data-api]"):
        if not str(form["data-api"]).endswith("/try"):
            assert form.select("fieldset[disabled]"), form["data-api"]
            assert not form.select("button[type=submit]"), form["data-api"]
    assert not shown.select("main button[data-api]")
    assert not shown.select("[data-grip], [data-move]")


@pytest.mark.parametrize("path", FOR_ADMINISTRATORS)
def test_what_makes_something_is_for_administrators_only(rig: Rig, path: str) -> None:
    page(rig, f"/settings/{path}", user="bruno", status=403)


@pytest.mark.parametrize("user", ["anna", "vera"])
def test_the_index_names_the_areas_that_the_reader_may_see(rig: Rig, user: str) -> None:
    shown = {each["href"] for each in page(rig, "/settings", user=user).select("a.settings-tile")}
    all_of_them = {area.address for group in GROUPS for area in group.areas}
    assert shown == all_of_them if user == "anna" else shown == all_of_them - {"/settings/audit"}


def test_every_area_has_a_page(rig: Rig) -> None:
    rules = {rule.rule for rule in rig.app.url_map.iter_rules()}
    assert [area.address for group in GROUPS for area in group.areas if area.address not in rules] == []


def test_what_people_wrote_is_shown_as_text(rig: Rig) -> None:
    rig.post("/settings/statuses", {"key": "odd", "label": HOSTILE, "description": HOSTILE})
    rig.post("/settings/dictionaries/service", {"key": "odd", "label": HOSTILE})
    rig.post("/settings/assignment-rules", {"name": HOSTILE, "actions": {"tags": [HOSTILE]}})
    made = rig.post("/settings/document-models", {"name": HOSTILE, "body": HOSTILE}).get_json()
    places = ("statuses", "statuses/odd", "dictionaries/service", "assignment-rules", "assignment-rules/new")
    for path in (*places, "documents", f"documents/{made['id']}", "presets/S001"):
        shown = page(rig, f"/settings/{path}")
        assert not [each for each in shown.find_all("script") if not each.get("src")], path
        assert HOSTILE in " ".join([shown.text, *_values(shown)]), path


def _values(shown: Any) -> list[str]:
    kept = [json.dumps(json.loads(each["data-choices"])) for each in shown.select("[data-choices]")]
    return [each.replace('\\"', '"') for each in kept] + [
        each.get("value", "") for each in shown.select("input")
    ]


def test_with_who_is_blocked_stands_until_when_new_visitors_of_their_network_are(rig: Rig) -> None:
    rig.take(chat_message("1", "v-spammer", visitor=Visitor(network="0ff1ce"), occurred=rig.clock.now))
    sender = {"kind": "webchat", "value": "v-spammer"}
    assert rig.post("/settings/blocked-senders", sender).status_code == 201
    assert rig.post("/settings/blocked-senders", sender | {"value": "v-other"}).status_code == 201
    shown = page(rig, "/settings/blocked")
    of_networks = [
        each.text for each in shown.select("#senders .row-item") if "same network until" in each.text
    ]
    assert len(of_networks) == 1
    assert "28" in of_networks[0].partition("until")[2]
    assert "0ff1ce" not in str(shown)


def test_a_preset_shows_where_tickets_would_go_before_anything_changes(rig: Rig) -> None:
    number = rig.hear()
    rig.change(f"/tickets/{number}", {"status": "waiting_for_response"})
    shown = page(rig, "/settings/presets/S004")
    assert "1 ticket" in shown.text
    chosen = {each["name"]: the(each, "option[selected]")["value"] for each in shown.select("select")}
    assert chosen == {
        "map.open": "new",
        "map.waiting_for_response": "pending",
        "map.customer_responded": "in_progress",
    }
    assert next(iter(rig.get("/settings/statuses").get_json()["items"]))["key"] == "open"
    assert page(rig, "/settings/presets/none", status=404)


@pytest.mark.parametrize("now", list(PRESETS))
@pytest.mark.parametrize("then", list(PRESETS))
def test_what_a_preset_suggests_exists_and_keeps_closed_tickets_closed(now: str, then: str) -> None:
    after = [{"key": each.key, "roles": sorted(each.roles)} for each in PRESETS[then]]
    by_key = {each["key"]: each for each in after}
    for status in PRESETS[now]:
        found = by_key[successor({"key": status.key, "roles": sorted(status.roles)}, after)]
        assert ("closed" in found["roles"]) == ("closed" in status.roles), (status.key, found["key"])
    assert set(WAYS) == set(PRESETS)


def test_a_business_calendar_is_shown_as_a_week(rig: Rig) -> None:
    hours = [
        {"weekday": "monday", "opens": "09:00", "closes": "13:00"},
        {"weekday": "monday", "opens": "14:00", "closes": "24:00"},
    ]
    given = {
        "name": "Office",
        "time_zone": "Europe/Rome",
        "hours": hours,
        "country": "IT",
        "subdivision": "RM",
    }
    made = rig.post("/settings/calendars", given).get_json()
    shown = page(rig, f"/settings/calendars/{made['id']}")
    monday = the(shown, "[data-day=monday]")
    assert [each["value"] for each in monday.select("input")][:4] == ["09:00", "13:00", "14:00", "00:00"]
    assert the(shown, "[name=country] option[selected]")["value"] == "IT"
    assert the(shown, "[name=subdivision] option[selected]")["value"] == "RM"
    listed = page(rig, "/settings/calendars").text
    assert "Italy" in listed
    assert "14:00–24:00" in listed


def test_a_policy_and_a_rule_are_shown_as_they_are_kept(rig: Rig) -> None:
    policy = rig.post(
        "/settings/sla-policies",
        {
            "name": "Urgent",
            "conditions": {"priority": ["urgent"]},
            "targets": [{"name": "first_response", "minutes": 90, "warn_percent": 80}],
        },
    ).get_json()
    assert "1 h 30 min" in page(rig, "/settings/service-levels").text
    shown = page(rig, f"/settings/service-levels/{policy['id']}")
    assert json.loads(the(shown, "[name=conditions]").text) == {"priority": ["urgent"]}
    assert the(shown, "[id='targets.0.minutes']")["value"] == "90"
    rule = rig.post(
        "/settings/assignment-rules",
        {
            "name": "Invoices",
            "conditions": [{"subject": "keyword", "any_of": ["fattura"]}],
            "actions": {"set": {"priority": "high"}, "tags": ["billing"]},
        },
    ).get_json()
    assert "fattura" in page(rig, "/settings/assignment-rules").text
    shown = page(rig, f"/settings/assignment-rules/{rule['id']}")
    assert the(shown, "[name='actions.set.priority'] option[selected]")["value"] == "high"
    assert the(shown, "[name='actions.tags']")["value"] == "billing"
