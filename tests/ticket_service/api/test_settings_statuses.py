"""Statuses over REST: shaped by administrators, never taken away from under tickets."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.domain.auto_close import AutoClose, AutoCloseRule
from services.ticket_service.jobs.retired_statuses import move_on
from services.ticket_service.ports import Changes
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

STATUSES = "/settings/statuses"


def keys(rig: Rig) -> list[str]:
    return [each["key"] for each in rig.get(STATUSES).get_json()["items"]]


def status_of(rig: Rig, number: str) -> str:
    key: str = rig.get(f"/tickets/{number}").get_json()["status"]["key"]
    return key


def gone(rig: Rig, key: str) -> Any:
    tag = rig.get(f"{STATUSES}/{key}").headers["ETag"]
    return rig.call("DELETE", f"{STATUSES}/{key}", headers={"If-Match": tag})


def test_a_status_is_added_once_changed_and_shown_on_tickets(rig: Rig) -> None:
    new = {"key": "parts", "label": "Waiting for parts", "color": "#123456", "roles": []}
    first = rig.post(STATUSES, new, key="k1")
    assert first.status_code == 201
    assert first.get_json() | new == first.get_json()
    assert first.get_json()["order"] == 50
    assert rig.post(STATUSES, new, key="k1").headers["Idempotency-Replayed"] == "true"
    assert rig.post(STATUSES, new).get_json()["type"].endswith("status-exists")
    changed = rig.change(f"{STATUSES}/parts", {"label": "Teile fehlen", "asks_justification": True})
    assert (changed.status_code, changed.get_json()["label"]) == (200, "Teile fehlen")
    number = rig.hear()
    ticket = rig.change(f"/tickets/{number}", {"status": "parts", "justification": "Bestellt"})
    assert ticket.get_json()["status"]["label"] == "Teile fehlen"


def test_changing_needs_the_version_that_was_read_and_an_administrator(rig: Rig) -> None:
    before = rig.get(f"{STATUSES}/open").headers["ETag"]
    assert rig.patch(f"{STATUSES}/open", {"label": "x"}, match=None).status_code == 428
    assert rig.change(f"{STATUSES}/open", {"label": "Aperto"}).status_code == 200
    assert rig.patch(f"{STATUSES}/open", {"label": "x"}, match=before).status_code == 412
    for method, path in (("POST", ""), ("PATCH", "/open"), ("DELETE", "/open"), ("POST", "/preset")):
        asked = rig.call(method, STATUSES + path, token=OTHER_TOKEN, json={}, headers={"If-Match": "*"})
        assert asked.get_json()["type"].endswith("permission-missing"), (method, path)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"color": "red"}, "color"),
        ({"roles": ["boss"]}, "roles.0"),
        ({"label": " "}, "label"),
        ({"order": 1.5}, "order"),
        ({"key": "other"}, "key"),
        ({"roles": []}, "roles"),
        ({"roles": ["opening", "closed"]}, "roles"),
    ],
)
def test_values_that_cannot_be_are_refused_by_field(rig: Rig, wrong: dict[str, Any], field: str) -> None:
    answer = rig.change(f"{STATUSES}/open", wrong)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.get_json()["errors"]} == {field}


def test_a_status_that_tickets_have_or_a_desk_needs_is_not_removed(rig: Rig) -> None:
    number = rig.hear()
    rig.change(f"/tickets/{number}", {"status": "waiting_for_response"})
    refused = gone(rig, "waiting_for_response")
    assert refused.status_code == 409
    assert refused.get_json()["statuses"] == {"waiting_for_response": {"tickets": 1}}
    rig.store.save(Changes(records=[AutoClose(rules=[AutoCloseRule("customer_responded", 5, "closed")])]))
    assert gone(rig, "customer_responded").get_json()["statuses"] == {"customer_responded": {"auto close": 1}}
    rig.db["auto_close"].delete_many({})
    assert gone(rig, "open").status_code == 422
    assert gone(rig, "customer_responded").status_code == 204
    assert keys(rig) == ["open", "waiting_for_response", "closed"]
    assert rig.get(f"{STATUSES}/customer_responded").status_code == 404


def test_a_removed_status_may_be_made_again(rig: Rig) -> None:
    assert gone(rig, "customer_responded").status_code == 204
    again = rig.post(STATUSES, {"key": "customer_responded", "label": "Again"})
    assert (again.status_code, again.get_json()["roles"]) == (201, [])


def test_statuses_are_put_in_order_all_of_them_or_none(rig: Rig) -> None:
    wanted = ["closed", "open", "waiting_for_response", "customer_responded"]
    assert [
        each["key"] for each in rig.post(f"{STATUSES}/order", {"keys": wanted}).get_json()["items"]
    ] == wanted
    assert keys(rig) == wanted
    for wrong in (wanted[:2], [*wanted, "open"], [*wanted[:3], "nobody"]):
        assert rig.post(f"{STATUSES}/order", {"keys": wrong}).status_code == 422
    assert keys(rig) == wanted


def test_a_preset_is_taken_only_when_every_ticket_has_a_place(rig: Rig) -> None:
    waiting, closed = rig.hear(), rig.hear()
    rig.change(f"/tickets/{waiting}", {"status": "waiting_for_response"})
    rig.change(f"/tickets/{closed}", {"status": "closed"})
    refused = rig.post(f"{STATUSES}/preset", {"preset": "S004"})
    assert refused.get_json()["statuses"] == {"waiting_for_response": {"tickets": 1}}
    assert len(keys(rig)) == 4
    events = len(rig.outbox())
    taken = rig.post(f"{STATUSES}/preset", {"preset": "S004", "map": {"waiting_for_response": "pending"}})
    assert taken.status_code == 200
    assert keys(rig) == ["new", "in_progress", "pending", "resolved", "closed"]
    assert (status_of(rig, waiting), status_of(rig, closed)) == ("pending", "closed")
    assert len(rig.outbox()) == events, "a new name for a status is nobody's news"
    last = rig.get(f"/tickets/{waiting}/history").get_json()["items"]
    assert ("waiting_for_response", "pending") in [(each["from"], each["to"]) for each in last]


@pytest.mark.parametrize(
    ("map_", "field"), [({"nobody": "new"}, "map.nobody"), ({"open": "nowhere"}, "map.open")]
)
def test_a_map_that_leads_nowhere_is_refused(rig: Rig, map_: dict[str, str], field: str) -> None:
    answer = rig.post(f"{STATUSES}/preset", {"preset": "S004", "map": map_})
    assert [each["field"] for each in answer.get_json()["errors"]] == [field]


def test_who_had_not_heard_of_the_new_statuses_yet_does_no_harm(rig: Rig) -> None:
    """Another process puts a ticket into a removed status: it follows when somebody looks."""
    rig.post(f"{STATUSES}/preset", {"preset": "S003"})
    late = rig.hear()
    rig.elsewhere(late, status="customer_responded")
    services = rig.web.services
    assert move_on(services.desk, services.settings.tickets_in, rig.clock.now) == 1
    assert status_of(rig, late) == "open"
    rig.clock.forward(hours=2)
    assert move_on(services.desk, services.settings.tickets_in, rig.clock.now) == 0
    assert rig.db["statuses"].count_documents({}) == 4, "what is empty and old is forgotten"
