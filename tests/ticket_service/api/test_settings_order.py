"""Policies, rules and values of dictionaries in the order of an administrator; presets to look at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

TARGETS = [{"name": "resolution", "minutes": 60}]
POLICY: dict[str, Any] = {"targets": TARGETS}
RULE: dict[str, Any] = {"actions": {"tags": ["x"]}}


@pytest.mark.parametrize(("place", "rest"), [("sla-policies", POLICY), ("assignment-rules", RULE)])
def test_what_is_tried_in_turn_is_put_in_order_all_of_it_or_nothing(
    rig: Rig, place: str, rest: dict[str, Any]
) -> None:
    path = f"/settings/{place}"
    ids = [rig.post(path, {"name": name, **rest}).get_json()["id"] for name in ("one", "two", "three")]
    wanted = [ids[2], ids[0], ids[1]]
    answer = rig.post(f"{path}/order", {"ids": wanted}, key="sort")
    assert (answer.status_code, [each["id"] for each in answer.get_json()["items"]]) == (200, wanted)
    assert rig.post(f"{path}/order", {"ids": wanted}, key="sort").headers["Idempotency-Replayed"] == "true"
    assert [each["id"] for each in rig.get(path).get_json()["items"]] == wanted
    for wrong in (wanted[:2], [*wanted, wanted[0]], [*wanted[:2], "nobody"]):
        refused = rig.post(f"{path}/order", {"ids": wrong})
        assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "ids"), wrong
    assert [each["id"] for each in rig.get(path).get_json()["items"]] == wanted
    asked = rig.call("POST", f"{path}/order", token=OTHER_TOKEN, json={"ids": ids})
    assert asked.status_code == 403


def test_values_of_a_dictionary_are_put_in_order_and_each_move_is_audited(rig: Rig) -> None:
    path = "/settings/dictionaries/priority"
    wanted = ["urgent", "high", "medium", "low"]
    answer = rig.post(f"{path}/order", {"keys": wanted})
    assert [each["key"] for each in answer.get_json()["entries"]] == wanted
    assert [each["key"] for each in rig.get(path).get_json()["entries"]] == wanted
    assert rig.post(f"{path}/order", {"keys": wanted[:2]}).status_code == 422
    assert rig.post("/settings/dictionaries/colour/order", {"keys": wanted}).status_code == 404
    audited = rig.get("/audit?limit=10").get_json()["items"]
    assert {"priority:urgent", "priority:low"} <= {each["subject"] for each in audited}


def test_presets_are_shown_as_they_would_be_taken(rig: Rig) -> None:
    shown = {
        each["key"]: each["statuses"] for each in rig.get("/settings/status-presets").get_json()["items"]
    }
    assert list(shown) == ["S000", "S001", "S002", "S003", "S004"]
    rig.post("/settings/statuses/preset", {"preset": "S003"})
    taken = rig.get("/settings/statuses").get_json()["items"]
    assert [each["key"] for each in taken] == [each["key"] for each in shown["S003"]]
    assert [each["roles"] for each in taken] == [each["roles"] for each in shown["S003"]]
