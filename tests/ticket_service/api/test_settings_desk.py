"""Dictionaries, fields, numbering and switches over REST."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.sla_policy import SlaPolicy
from services.ticket_service.ports import Changes
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

DICTIONARIES = "/settings/dictionaries"
FIELDS, NUMBERING, DESK = "/settings/fields", "/settings/numbering", "/settings/desk"


def put(rig: Rig, path: str, document: Any) -> Any:
    return rig.call("PUT", path, json=document, headers={"If-Match": rig.get(path).headers["ETag"]})


def gone(rig: Rig, path: str) -> Any:
    return rig.call("DELETE", path, headers={"If-Match": rig.get(path).headers["ETag"]})


def test_a_desk_begins_with_dictionaries_and_agents_may_read_them(rig: Rig) -> None:
    found = {each["dictionary"]: each["entries"] for each in rig.get(DICTIONARIES).get_json()["items"]}
    assert [each["label"] for each in found["priority"]] == ["Low", "Medium", "High", "Urgent"]
    assert found["service"] == found["justification"] == []
    assert rig.get(f"{DICTIONARIES}/category", token=OTHER_TOKEN).status_code == 200
    assert rig.get(f"{DICTIONARIES}/colours").status_code == 404


def test_an_entry_is_added_once_changed_and_switched_off(rig: Rig) -> None:
    path, new = f"{DICTIONARIES}/service", {"label": "Caldaie & climatizzatori", "color": "#00aa00"}
    first = rig.post(path, new, key="k1")
    assert first.status_code == 201
    assert first.get_json()["key"] == "caldaie_climatizzatori"
    assert rig.post(path, new, key="k1").get_json() == first.get_json()
    assert rig.post(path, new).get_json()["type"].endswith("entry-exists")
    entry = f"{path}/caldaie_climatizzatori"
    before = rig.get(entry).headers["ETag"]
    assert rig.change(entry, {"active": False, "order": 5}).get_json()["active"] is False
    assert rig.patch(entry, {"active": True}, match=before).status_code == 412
    assert rig.call("PATCH", entry, token=OTHER_TOKEN, json={}, headers={"If-Match": "*"}).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "!!!"}, "key"),
        ({"label": "x", "key": "Not A Key"}, "key"),
        ({"label": "x", "color": "#12345"}, "color"),
        ({"label": "x", "order": 10**9}, "order"),
        ({"label": "x" * 201}, "label"),
        ({"label": "x", "unknown": 1}, "unknown"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_by_field(rig: Rig, wrong: dict[str, Any], field: str) -> None:
    answer = rig.post(f"{DICTIONARIES}/service", wrong)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.get_json()["errors"]} == {field}


def test_an_entry_in_use_is_not_deleted_and_the_refusal_says_by_what(rig: Rig) -> None:
    number = rig.hear()
    rig.elsewhere(number, priority="urgent")
    refused = gone(rig, f"{DICTIONARIES}/priority/urgent")
    assert (refused.status_code, refused.get_json()["count"]) == (409, 1)
    assert "Switch it off" in refused.get_json()["detail"]
    policy = SlaPolicy("p1", "Fast", rig.clock.now, conditions={"priority": ["high"]})
    rig.store.save(Changes(records=[policy]))
    assert "sla policies" in gone(rig, f"{DICTIONARIES}/priority/high").get_json()["title"]
    assert gone(rig, f"{DICTIONARIES}/priority/low").status_code == 204
    assert rig.get(f"{DICTIONARIES}/priority/low").status_code == 404


def test_fields_are_switched_off_and_made_mandatory(rig: Rig) -> None:
    usual = rig.get(FIELDS).get_json()["items"]
    assert all(each["enabled"] and not each["mandatory"] for each in usual)
    assert {"requester", "assignee"}.isdisjoint(each["name"] for each in usual)
    rules = {"severity": {"enabled": False}, "category": {"mandatory": True, "label": "Tipo"}}
    after = {each["name"]: each for each in put(rig, FIELDS, {"fields": rules}).get_json()["items"]}
    assert (after["severity"]["enabled"], after["category"]["mandatory"]) == (False, True)
    assert after["category"]["label"] == "Tipo"
    assert rig.get(FIELDS).get_json()["items"] == list(after.values())


@pytest.mark.parametrize("name", ["requester", "assignee", "nothing"])
def test_a_field_that_cannot_be_switched_is_refused(rig: Rig, name: str) -> None:
    answer = put(rig, FIELDS, {"fields": {name: {"enabled": False}}})
    assert [each["field"] for each in answer.get_json()["errors"]] == [f"fields.{name}"]


def test_rules_of_fields_need_the_version_that_was_read(rig: Rig) -> None:
    before = rig.get(FIELDS).headers["ETag"]
    put(rig, FIELDS, {"fields": {}})
    put(rig, FIELDS, {"fields": {"tags": {"enabled": False}}})
    late = rig.call("PUT", FIELDS, json={"fields": {}}, headers={"If-Match": before})
    assert late.status_code == 412
    assert rig.call("PUT", FIELDS, json={"fields": {}}).status_code == 428


def test_numbers_follow_the_scheme_and_old_ones_stay(rig: Rig) -> None:
    first = rig.hear()
    rig.change(NUMBERING, {"scheme": "mask", "reset": "monthly"})
    second = rig.hear()
    rig.clock.forward(days=3)
    third = rig.hear()
    rig.change(NUMBERING, {"scheme": "integer"})
    fourth = rig.hear()
    assert [first, second, third, fourth] == ["TT1", "2025-02-00001", "2025-03-00001", "2"]
    assert all(rig.get(f"/tickets/{each}").status_code == 200 for each in (first, second, third, fourth))


def test_numbers_can_be_looked_at_before_they_are_chosen(rig: Rig) -> None:
    assert rig.get(NUMBERING).get_json()["preview"]["now"] == "TT1"
    query = {"scheme": "mask", "mask": "T{yy}{mm}-{seq:3}", "reset": "yearly", "start": "7"}
    assert rig.get(f"{NUMBERING}/preview", query_string=query).get_json() == {
        "now": "T2502-007",
        "next_month": "T2503-007",
        "next_year": "T2601-007",
    }
    assert rig.hear() == "TT1"
    assert set(rig.get(NUMBERING).get_json()["preview"].values()) == {"TT2"}
    assert rig.get(f"{NUMBERING}/preview", query_string=query).get_json()["now"] == "T2502-007"
    assert rig.get(f"{NUMBERING}/preview", query_string={"start": "40"}).get_json()["now"] == "TT40"
    wrong = rig.get(f"{NUMBERING}/preview", query_string={**query, "mask": "{seq}"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"]) == (422, "mask")
    assert rig.change(NUMBERING, {"mask": "no sequence"}).status_code == 422
    assert rig.get(NUMBERING).get_json()["scheme"] == "prefix"


def test_every_switch_is_read_and_changed_by_name(rig: Rig) -> None:
    before = rig.get(DESK).get_json()
    assert before["time_zone"] == "Europe/Rome"
    assert (before["reopen"], before["reopen_limit_days"]) == ("always", None)
    wanted = {
        **{"time_zone": "America/Sao_Paulo", "title_pattern": "{name} {date}", "reopen_limit_days": 30},
        **{"contact_information": "Tel. 02 1234", "staff_tickets_are_read": True, "assign_to_creator": True},
        **{"reply_assigns": True, "reclassify_closed": True, "children_close_first": True},
        **{"default_type": "internal", "hours_per_day": 7.5, "reopen": "never", "language": "it"},
    }
    assert set(wanted) == set(before)
    assert rig.change(DESK, wanted).get_json() == wanted
    assert rig.get(DESK).get_json() == wanted
    assert rig.store.setting(TicketOptions).children_close_first is True
    assert rig.change(DESK, {"reopen_limit_days": None}).get_json()["reopen_limit_days"] is None
    assert rig.change(DESK, {"reopen": "always"}).get_json()["title_pattern"] == "{name} {date}"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"title_pattern": "{phone}"}, "title_pattern"),
        ({"title_pattern": " "}, "title_pattern"),
        ({"reopen_limit_days": -1}, "reopen_limit_days"),
        ({"hours_per_day": 0}, "hours_per_day"),
        ({"default_type": "secret"}, "default_type"),
        ({"reopen": None}, "reopen"),
        ({}, "body"),
    ],
)
def test_switches_that_cannot_be_are_refused_and_nothing_is_changed(
    rig: Rig, wrong: dict[str, Any], field: str
) -> None:
    before = rig.get(DESK).get_json()
    answer = rig.change(DESK, {**wrong, "reply_assigns": True} if wrong else wrong)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.get_json()["errors"]} == {field}
    assert rig.get(DESK).get_json() == before


def test_what_administrators_change_is_in_the_audit_log_with_who_did_it(rig: Rig) -> None:
    rig.change(DESK, {"reply_assigns": True})
    (entry,) = rig.db["audit"].find({"what": "ticket_options"})
    assert entry["who"]["name"]
