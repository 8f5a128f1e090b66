"""Relations over REST: what they refuse, and in which words."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration


def seen(rig: Rig, number: str) -> list[tuple[str, str]]:
    items = rig.get(f"/tickets/{number}/relations").get_json()["items"]
    return [(each["kind"], each["ticket"]["number"]) for each in items]


def test_made_shown_on_both_sides_and_taken_back(rig: Rig) -> None:
    one, two = rig.hear(), rig.hear()
    made = rig.post(f"/tickets/{one}/relations", {"kind": "parent", "ticket": two}, key="k")
    assert made.status_code == 201
    assert made.get_json()["ticket"]["status"]["key"] == "open"
    again = rig.post(f"/tickets/{one}/relations", {"kind": "parent", "ticket": two}, key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (seen(rig, one), seen(rig, two)) == ([("parent", two)], [("child", one)])
    assert rig.call("DELETE", f"/tickets/{two}/relations/{made.get_json()['id']}").status_code == 204
    assert (seen(rig, one), seen(rig, two)) == ([], [])
    what = [(each["what"], each["from"], each["to"]) for each in history(rig, two)]
    assert ("relation", None, f"child {one}") in what
    assert ("relation", f"child {one}", None) in what


@pytest.mark.parametrize(
    ("kind", "to", "status", "problem"),
    [
        ("cousin", "two", 422, "invalid"),
        ("child", "one", 422, "invalid"),
        ("child", "TT999", 404, "not-found"),
        ("child", "two", 409, "relation-circle"),
        ("parent", "two", 409, "relation-exists"),
    ],
)
def test_what_is_refused_changes_nothing(rig: Rig, kind: str, to: str, status: int, problem: str) -> None:
    numbers = {"one": rig.hear(), "two": rig.hear()}
    one = numbers["one"]
    rig.post(f"/tickets/{one}/relations", {"kind": "parent", "ticket": numbers["two"]})
    refused = rig.post(f"/tickets/{one}/relations", {"kind": kind, "ticket": numbers.get(to, to)})
    assert refused.status_code == status
    assert refused.get_json()["type"].endswith(problem)
    assert seen(rig, one) == [("parent", numbers["two"])]


def history(rig: Rig, number: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = rig.get(f"/tickets/{number}/history").get_json()["items"]
    return items
