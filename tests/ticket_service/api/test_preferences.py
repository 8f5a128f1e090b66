"""What a user likes about the console: kept for that user, bounded, and never in another one's way."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.domain import preferences as domain
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
MINE = "/me/preferences"


def test_who_never_chose_has_the_defaults(rig: Rig) -> None:
    assert rig.get(MINE).get_json() == {
        "theme": "auto",
        "density": "comfortable",
        "classification": "top",
        "home": "home",
        "undo_seconds": 5,
        "sound": False,
        "desktop": False,
        "columns": {},
        "ui": {},
    }


def test_choices_are_kept_for_this_user_alone_and_key_by_key(rig: Rig) -> None:
    wanted = {"theme": "dark", "columns": {"tickets": ["number", "title"]}, "ui": {"sidebar:open": True}}
    assert rig.change(MINE, wanted).get_json()["columns"] == {"tickets": ["number", "title"]}
    changed = rig.change(MINE, {"undo_seconds": 0, "ui": {"list": "board", "recent": ["TT1", "TT2"]}})
    assert changed.get_json()["theme"] == "dark"
    assert changed.get_json()["ui"] == {"sidebar:open": True, "list": "board", "recent": ["TT1", "TT2"]}
    gone = rig.change(MINE, {"ui": {"list": None}, "columns": {"tickets": None}}).get_json()
    assert (gone["ui"], gone["columns"]) == ({"sidebar:open": True, "recent": ["TT1", "TT2"]}, {})
    assert rig.get(MINE, token=OTHER_TOKEN).get_json()["theme"] == "auto"


def test_a_page_remembers_one_thing_whatever_else_changed_meanwhile(rig: Rig) -> None:
    stale = rig.get(MINE).headers["ETag"]
    for value in (True, 12, "board", ["a"]):
        assert rig.call("PUT", f"{MINE}/ui/list:kind", json={"value": value}).status_code == 204
        assert rig.get(MINE).get_json()["ui"] == {"list:kind": value}
    assert rig.patch(MINE, {"theme": "dark"}, match=stale).status_code == 412
    assert rig.patch(MINE, {"theme": "dark"}, match=None).status_code == 428
    assert rig.call("PUT", f"{MINE}/ui/list:kind", json={"value": None}).status_code == 204
    assert rig.get(MINE).get_json()["ui"] == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"theme": "pink"},
        {"density": ""},
        {"undo_seconds": 31},
        {"undo_seconds": "5"},
        {"columns": {"tickets": []}},
        {"columns": {"tickets": ["x"] * 51}},
        {"columns": {"$where": ["x"]}},
        {"ui": {"a": {"b": 1}}},
        {"ui": {"a": 1.5}},
        {"ui": {"a": 2**53}},
        {"ui": {"a": "x" * 501}},
        {"ui": {"a": [1]}},
        {"ui": {"a": ["x"] * 101}},
        {"ui": {"A B": 1}},
        {"ui": {"a.b": 1}},
        {"ui": {f"k{n}": 1 for n in range(201)}},
        {"version": 7},
        {"id": "somebody"},
    ],
)
def test_what_is_no_choice_is_refused(rig: Rig, wrong: dict[str, Any]) -> None:
    match = rig.get(MINE).headers["ETag"]
    assert rig.patch(MINE, wrong, match=match).status_code == 422


def test_keys_do_not_grow_without_end(rig: Rig) -> None:
    rig.change(MINE, {"ui": {f"k{n}": n for n in range(domain.MOST_KEYS)}})
    refused = rig.call("PUT", f"{MINE}/ui/one-more", json={"value": 1})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "ui")
    assert rig.call("PUT", f"{MINE}/ui/k1", json={"value": 5}).status_code == 204
    assert rig.call("PUT", f"{MINE}/ui/Not%20a%20key", json={"value": 5}).status_code == 422


def test_language_and_time_zone_of_a_user_and_of_the_desk(rig: Rig) -> None:
    assert rig.get("/me").get_json()["user"]["time_zone"] == ""
    me = rig.change("/me", {"time_zone": "Europe/Lisbon", "language": "pt-BR"}).get_json()
    assert (me["time_zone"], me["language"]) == ("Europe/Lisbon", "pt-BR")
    assert rig.change("/me", {"time_zone": ""}).get_json()["time_zone"] == ""
    assert rig.change("/me", {"time_zone": "Europe/Atlantis"}).status_code == 422
    assert rig.get("/settings/desk").get_json()["language"] == "en"
    assert rig.change("/settings/desk", {"language": "it"}).get_json()["language"] == "it"
    assert rig.change("/settings/desk", {"language": ""}).status_code == 422
