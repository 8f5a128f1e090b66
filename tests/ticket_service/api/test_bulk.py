"""One change on many tickets over REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration


def test_each_ticket_is_changed_by_itself_and_says_what_became_of_it(rig: Rig) -> None:
    first, second = rig.hear(), rig.hear()
    rig.change(f"/tickets/{second}", {"status": "closed", "tags": ["old", "summer"]})
    answer = rig.post(
        "/tickets/bulk",
        {
            "numbers": [first, "TT404", second, first],
            "changes": {"status": "closed"},
            "add_tags": ["summer"],
            "remove_tags": ["old"],
        },
    )
    assert answer.status_code == 200, answer.text
    items = answer.get_json()["items"]
    assert [(item["number"], item["outcome"]) for item in items] == [
        (first, "changed"), ("TT404", "refused"), (second, "changed"),
    ]  # fmt: skip
    assert items[1]["problem"]["type"] == "urn:sportello:problem:not-found"
    assert answer.get_json()["refused"] == 1
    for number in (first, second):
        ticket = rig.get(f"/tickets/{number}").get_json()
        assert (ticket["status"]["key"], ticket["tags"]) == ("closed", ["summer"])
    again = rig.post("/tickets/bulk", {"numbers": [first], "changes": {"status": "closed"}}).get_json()
    assert again["items"] == [{"number": first, "outcome": "unchanged", "problem": None}]


def test_a_value_one_ticket_refuses_is_named_in_its_problem(rig: Rig) -> None:
    number = rig.hear()
    answer = rig.post("/tickets/bulk", {"numbers": [number], "changes": {"priority": "colossal"}})
    (item,) = answer.get_json()["items"]
    assert item["outcome"] == "refused"
    assert [error["field"] for error in item["problem"]["errors"]] == ["priority"]
    assert rig.get(f"/tickets/{number}/history").get_json()["items"][-1]["what"] == "opened"


def test_asked_twice_with_one_key_it_answers_the_same_and_changes_nothing(rig: Rig) -> None:
    number = rig.hear()
    body = {"numbers": [number], "changes": {"title": "Other"}}
    first = rig.post("/tickets/bulk", body, key="k")
    rig.change(f"/tickets/{number}", {"title": "Mine"})
    again = rig.post("/tickets/bulk", body, key="k")
    assert again.get_json() == first.get_json()
    assert rig.get(f"/tickets/{number}").get_json()["title"] == "Mine"


def test_it_needs_its_permission(rig: Rig) -> None:
    answer = rig.post("/tickets/bulk", {"numbers": ["TT1"], "add_tags": ["x"]}, token=OTHER_TOKEN)
    assert (answer.status_code, answer.get_json()["permission"]) == (403, "tickets.bulk")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"numbers": [], "add_tags": ["x"]}, "numbers"),
        ({"numbers": [f"TT{n}" for n in range(501)], "add_tags": ["x"]}, "numbers"),
        ({"numbers": ["TT1"]}, "body"),
        ({"numbers": ["TT1"], "changes": {}}, "changes"),
        ({"numbers": ["TT1"], "changes": {"number": "TT2"}}, "changes.number"),
        ({"numbers": ["TT1"], "add_tags": [3]}, "add_tags.0"),
        ({"add_tags": ["x"]}, "numbers"),
    ],
)
def test_a_wrong_value_is_named(rig: Rig, body: dict[str, Any], field: str) -> None:
    answer = rig.post("/tickets/bulk", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
