"""Saved views over REST: what they find, who sees and changes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import ANNA, BRUNO, NOON, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

MINE: dict[str, Any] = {
    "name": "Mine",
    "filter": {"assignee": ["me"], "open": True, "created_from": "2025-02-27T00:00:00Z"},
    "sort": "created",
    "columns": ["number", "status"],
}


def saved(rig: Rig, document: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """The view that was made of it."""
    answer = rig.post("/views", document, **({"token": token} if token else {}))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_view_finds_what_it_says_for_whoever_looks(rig: Rig) -> None:
    first, second = rig.hear(), rig.hear()
    rig.elsewhere(first, assignee=ANNA)
    rig.elsewhere(second, assignee=BRUNO)
    view = saved(rig, {**MINE, "shared": "all"})
    assert view["filter"] == MINE["filter"]
    path = f"/views/{view['id']}"
    for token, number in ((None, first), (OTHER_TOKEN, second)):
        options: dict[str, Any] = {"token": token} if token else {}
        found = rig.get(f"{path}/tickets", **options).get_json()["items"]
        assert [ticket["number"] for ticket in found] == [number]
        counts = rig.get("/views/counts", **options).get_json()["items"]
        assert counts == [{"id": view["id"], "count": 1, "more": False}]


def test_own_views_are_seen_by_nobody_else_and_shared_ones_by_those_they_are_for(rig: Rig) -> None:
    team = {"name": "First line", "members": [BRUNO], "description": "", "active": True, "created_at": NOON}
    rig.db["teams"].insert_one({"_id": "t1", "version": 1, **team})
    own = saved(rig, MINE)
    everybody = saved(rig, {**MINE, "shared": "all"})
    theirs = saved(rig, {**MINE, "shared": "team", "team": "t1"})
    anna = [view["id"] for view in rig.get("/views").get_json()["items"]]
    assert anna == [own["id"], everybody["id"], theirs["id"]]
    bruno = [view["id"] for view in rig.get("/views", token=OTHER_TOKEN).get_json()["items"]]
    assert bruno == [everybody["id"], theirs["id"]]
    assert rig.get(f"/views/{own['id']}", token=OTHER_TOKEN).status_code == 404
    assert rig.get(f"/views/{own['id']}/tickets", token=OTHER_TOKEN).status_code == 404
    rig.db["teams"].update_one({"_id": "t1"}, {"$set": {"members": []}})
    rig.store._cached.clear()  # type: ignore[attr-defined]
    assert rig.get(f"/views/{theirs['id']}", token=OTHER_TOKEN).status_code == 404


def test_only_who_may_share_shares_and_changes_what_is_shared(rig: Rig) -> None:
    refused = rig.post("/views", {**MINE, "shared": "all"}, token=OTHER_TOKEN)
    assert (refused.status_code, refused.get_json()["permission"]) == (403, "views.share")
    shared = saved(rig, {**MINE, "shared": "all"})
    path = f"/views/{shared['id']}"
    etag = rig.get(path, token=OTHER_TOKEN).headers["ETag"]
    for method, body in (("PATCH", {"name": "Theirs"}), ("DELETE", None)):
        answer = rig.call(method, path, token=OTHER_TOKEN, json=body, headers={"If-Match": etag})
        assert answer.status_code == 403, method
    own = saved(rig, MINE, OTHER_TOKEN)
    etag = rig.get(f"/views/{own['id']}", token=OTHER_TOKEN).headers["ETag"]
    own_path = f"/views/{own['id']}"
    changed = rig.call(
        "PATCH", own_path, token=OTHER_TOKEN, json={"name": "Other"}, headers={"If-Match": etag}
    )
    assert (changed.status_code, changed.get_json()["name"]) == (200, "Other")
    gone = rig.call("DELETE", own_path, token=OTHER_TOKEN, headers={"If-Match": changed.headers["ETag"]})
    assert gone.status_code == 204
    assert rig.get(own_path, token=OTHER_TOKEN).status_code == 404


def test_a_change_needs_the_etag_that_was_read(rig: Rig) -> None:
    path = f"/views/{saved(rig, MINE)['id']}"
    etag = rig.get(path).headers["ETag"]
    assert rig.patch(path, {"name": "A"}, match=None).status_code == 428
    assert rig.patch(path, {"name": "A", "filter": {}}, match=etag).get_json()["filter"] == {}
    assert rig.patch(path, {"name": "B"}, match=etag).status_code == 412


def test_saving_twice_with_one_key_makes_one_view(rig: Rig) -> None:
    first = rig.post("/views", MINE, key="k1").get_json()
    assert rig.post("/views", MINE, key="k1").get_json() == first
    assert len(rig.get("/views").get_json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"columns": ["password"]}, "columns.0"),
        ({"columns": []}, "columns"),
        ({"sort": "colour"}, "sort"),
        ({"shared": "world"}, "shared"),
        ({"shared": "team"}, "team"),
        ({"shared": "team", "team": "nobody"}, "team"),
        ({"team": "t1"}, "team"),
        ({"filter": {"colour": ["red"]}}, "filter.colour"),
        ({"filter": {"status": [{"x": 1}]}}, "filter.status"),
        ({"filter": {"status": 3}}, "filter.status"),
        ({"filter": {"created_from": "yesterday"}}, "filter.created_from"),
        ({"filter": []}, "filter"),
    ],
)
def test_a_wrong_value_is_named(rig: Rig, change: dict[str, Any], field: str) -> None:
    answer = rig.post("/views", {**MINE, **change})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
