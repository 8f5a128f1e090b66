"""Lists of tickets over REST: what is found, in which order, page by page, and how many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ticket_service.api.rig import ANNA, BRUNO, NOON, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration


def test_pages_stay_stable_while_new_tickets_arrive(rig: Rig) -> None:
    numbers = []
    for _ in range(7):
        numbers.append(rig.hear())
        rig.clock.forward(seconds=1)
    seen: list[str] = []
    cursor = None
    while True:
        page = rig.get(
            "/tickets", query_string={"limit": 3, **({"cursor": cursor} if cursor else {})}
        ).get_json()
        seen += [ticket["number"] for ticket in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        rig.hear("new, and not on the pages behind the cursor")
        rig.clock.forward(seconds=1)
    assert seen == numbers[::-1]


def test_tickets_changed_in_the_same_millisecond_are_each_on_one_page(rig: Rig) -> None:
    numbers = {rig.hear() for _ in range(5)}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(5):
        page = rig.get("/tickets", query_string={"limit": 1, **cursor}).get_json()
        seen += [ticket["number"] for ticket in page["items"]]
        cursor = {"cursor": page["next"]}
    assert page["next"] is None
    assert sorted(seen) == sorted(numbers)


def test_the_last_page_has_no_next_even_when_it_is_full(rig: Rig) -> None:
    rig.hear()
    rig.hear()
    assert rig.get("/tickets?limit=2").get_json()["next"] is None


def _found(rig: Rig, **query: Any) -> set[str]:
    answer = rig.get("/tickets", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return {ticket["number"] for ticket in answer.get_json()["items"]}


def test_tickets_are_filtered_by_each_criterion(rig: Rig) -> None:
    first = rig.hear("Fattura sbagliata", phone="+393351032246")
    rig.clock.forward(hours=1)
    second = rig.hear("Consegna in ritardo", phone="+390612345678", channel_id="whatsapp-two")
    rig.change(f"/tickets/{second}", {"status": "closed", "assignee": ANNA})
    requester = rig.get(f"/tickets/{first}").get_json()["requester"]["id"]
    later = (NOON + timedelta(minutes=30)).isoformat()
    both = {first, second}
    expected: list[tuple[dict[str, Any], set[str]]] = [
        ({"status": "open"}, {first}),
        ({"status": "closed"}, {second}),
        ({"status": ["open", "closed"]}, both),
        ({"status": "open,closed"}, both),
        ({"status": "nonsense"}, set()),
        ({"channel": "whatsapp-two"}, {second}),
        ({"assignee": ANNA}, {second}),
        ({"assignee": "none"}, {first}),
        ({"requester": requester}, {first}),
        ({"created_from": later}, {second}),
        ({"created_to": later}, {first}),
        ({"updated_from": later}, {second}),
        ({"updated_to": later}, {first}),
        ({"q": first}, {first}),
        ({"q": "fatt"}, {first}),
        ({"q": "FATTURA sbag"}, {first}),
        ({"q": "fattura ritardo"}, set()),
        ({"q": "+3906"}, {second}),
        ({"q": "3906"}, {second}),
        ({"q": "attura"}, set()),
        ({"q": "2025-02-27"}, both),
        ({"q": "333 51 03"}, set()),
        ({"q": "1032246"}, {first}),
        ({"q": "(+39) 335 103 2246"}, {first}),
        ({"unread": "true", "open": "true"}, {first}),
        ({"open": "false"}, {second}),
        ({"closed_from": NOON.isoformat()}, {second}),
        ({"has_attachments": "false"}, both),
        ({"has_attachments": "true"}, set()),
        ({"creator": requester}, {first}),
        ({"type": "public"}, both),
        ({"hours_from": "0.5"}, set()),
        ({"comments_to": "0", "notify_requester": "true"}, both),
        ({"tag": "none"}, both),
        ({"priority": "none,high"}, both),
        ({"sla": "breached"}, set()),
        ({"sla": "none"}, both),
        ({"planned_from": NOON.isoformat()}, set()),
        ({"watcher": "me"}, set()),
        ({"merged": "only"}, set()),
        ({"deleted": "with"}, both),
        ({"q": "  "}, both),
        ({"q": ".*"}, set()),
        ({}, both),
    ]
    for query, numbers in expected:
        assert _found(rig, **query) == numbers, query


def test_words_are_found_in_whatever_was_said_or_written_on_the_ticket(rig: Rig) -> None:
    first = rig.hear("Buongiorno", phone="+393351032246")
    rig.hear("La città è lontana", phone="+393351032246")
    rig.post(f"/tickets/{first}/notes", {"text": "Richiamare l'architetto Łukasz"})
    second = rig.hear("Buongiorno, sono in citta", phone="+390612345678")
    for query, numbers in (
        ("CITTA", {first, second}),
        ("città lontan", {first}),
        ("buongiorno lukasz", {first}),
        ("archit", {first}),
        ("buongiorno", {first, second}),
        ("lontana 0612345678", set()),
    ):
        assert _found(rig, q=query) == numbers, query


def test_pages_in_every_order_hold_each_ticket_once(rig: Rig) -> None:
    numbers = set()
    for position in range(6):
        number = rig.hear()
        numbers.add(number)
        wanted = {"priority": (None, "low", "high")[position % 3]}
        if position % 2:
            wanted["solution_forecast"] = (NOON + timedelta(days=9 - position)).isoformat()
        rig.change(f"/tickets/{number}", wanted)
        rig.clock.forward(seconds=1)
    rows = {number: rig.get(f"/tickets/{number}").get_json() for number in numbers}
    for sort in ("updated", "created", "number", "priority", "forecast", "due"):
        for sign in ("", "-"):
            seen = _walk(rig, {"sort": f"{sign}{sort}", "limit": 2})
            assert sorted(seen) == sorted(numbers), f"{sign}{sort}"
    by_priority = [rows[number]["priority"] for number in _walk(rig, {"sort": "-priority"})]
    assert by_priority == ["high", "high", "low", "low", None, None]
    forecasts = [rows[number]["solution_forecast"] for number in _walk(rig, {"sort": "forecast"})]
    assert forecasts[:3] == sorted(each for each in forecasts if each)
    assert forecasts[3:] == [None, None, None]


def _walk(rig: Rig, query: dict[str, Any]) -> list[str]:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = rig.get("/tickets", query_string={**query, **cursor}).get_json()
        seen += [ticket["number"] for ticket in page["items"]]
        if page["next"] is None:
            return seen
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"sort": "colour"}, 422, "sort"),
        ({"open": "perhaps"}, 422, "open"),
        ({"created_from": "yesterday"}, 422, "created_from"),
        ({"q": "x" * 201}, 422, "q"),
        ({"deleted": "all"}, 422, "deleted"),
        ({"limit": 0}, 422, "limit"),
        ({"colour": "red"}, 422, "colour"),
        ({"cursor": "garbage"}, 400, None),
        ({"cursor": "WyItdXBkYXRlZCIsInVwZGF0ZWQiLCJ4IiwiaSJd"}, 400, None),
    ],
)
def test_what_cannot_be_asked_is_refused(rig: Rig, query: dict[str, Any], status: int, field: str) -> None:
    answer = rig.get("/tickets", query_string=query)
    assert answer.status_code == status, answer.text
    if field:
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_a_cursor_belongs_to_its_order(rig: Rig) -> None:
    rig.hear()
    rig.hear()
    cursor = rig.get("/tickets?limit=1&sort=created").get_json()["next"]
    answer = rig.get("/tickets", query_string={"sort": "-created", "cursor": cursor})
    assert (answer.status_code, answer.get_json()["type"]) == (400, "urn:sportello:problem:invalid-cursor")


def test_a_contact_has_the_tickets_of_all_channels(rig: Rig) -> None:
    mine = {rig.hear(phone="+393351032246"), rig.hear(phone="+393351032246", channel_id="whatsapp-two")}
    rig.hear()
    requester = rig.get(f"/tickets/{min(mine)}").get_json()["requester"]["id"]
    found = rig.get(f"/contacts/{requester}/tickets").get_json()["items"]
    assert {ticket["number"] for ticket in found} == mine
    assert rig.get(f"/contacts/{requester}/tickets?status=closed").get_json()["items"] == []
    assert rig.get("/contacts/nobody/tickets").status_code == 404


def test_only_who_may_delete_sees_what_was_deleted(rig: Rig) -> None:
    number = rig.hear()
    assert rig.call("DELETE", f"/tickets/{number}").status_code == 204
    assert _found(rig) == set()
    assert _found(rig, deleted="only") == {number}
    refused = rig.get("/tickets?deleted=only", token=OTHER_TOKEN)
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "deleted")


def test_tickets_are_counted_by_status_exactly_or_for_a_filter(rig: Rig) -> None:
    first = rig.hear()
    rig.hear()
    rig.change(f"/tickets/{first}", {"status": "closed", "assignee": BRUNO})
    assert _counts(rig) == {"open": 1, "waiting_for_response": 0, "customer_responded": 0, "closed": 1}
    assert _counts(rig, assignee=BRUNO) == {
        "open": 0, "waiting_for_response": 0, "customer_responded": 0, "closed": 1,
    }  # fmt: skip
    assert _counts(rig, status="open", assignee="none") == {"open": 1}
    assert _counts(rig, assignee="me", token=OTHER_TOKEN)["closed"] == 1


def _counts(rig: Rig, *, token: str | None = None, **query: Any) -> dict[str, int]:
    options = {"token": token} if token else {}
    answer = rig.get("/tickets/counts", query_string=query, **options)
    assert answer.status_code == 200, answer.text
    return {status["key"]: status["count"] for status in answer.get_json()["statuses"]}
