"""Tickets over REST: what is shown, found and changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.store import collections as names
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries import TICKETS_ORDER, TicketFilter
from tests.ticket_service.api.rig import ANNA, NOON, Rig

pytestmark = pytest.mark.integration

FIELDS = """number title type status channel requester organization service category priority severity
importance request_type group assignee product project contract tags cc description justification
solution_forecast hours days comments_count conversation_id created_at updated_at created_by source_rule"""


def test_a_ticket_shows_every_field_the_design_names(rig: Rig) -> None:
    number = rig.hear("Buongiorno, vorrei contattarvi", phone="+393351032246")
    answer = rig.get(f"/tickets/{number}")
    ticket = answer.get_json()
    assert answer.status_code == 200
    assert set(FIELDS.split()) <= set(ticket)
    assert ticket["number"] == number
    assert ticket["title"] == "2025-02-27 13:00:00 - +393351032246"
    assert ticket["description"] == "2025-02-27 13:00:00\nBuongiorno, vorrei contattarvi"
    assert ticket["status"] == {"key": "open", "label": "Open", "role": "opening", "color": "#d9534f"}
    assert ticket["channel"] == "whatsapp-main"
    assert ticket["created_at"] == "2025-02-27T12:00:00Z"
    requester = ticket["requester"]
    assert (requester["name"], requester["stage"]) == ("Daniele Asmonti", "lead")
    assert requester["identities"] == [
        {"kind": "whatsapp", "value": "+393351032246", "address": "393351032246"}
    ]
    assert ticket["created_by"]["kind"] == "customer"
    assert ticket["tags"] == []
    assert ticket["assignee"] is None


def test_an_unknown_number_is_not_found(rig: Rig) -> None:
    for path in ("/tickets/TT404", "/tickets/TT404/actions", "/tickets/TT404/history", "/tickets/%00"):
        answer = rig.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
        assert answer.get_json()["type"].endswith(":not-found")


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
        ({"q": "  "}, both),
        ({"q": ".*"}, set()),
        ({}, both),
    ]
    for query, numbers in expected:
        assert _found(rig, **query) == numbers, query


def test_lists_use_an_index_and_never_sort_in_memory(rig: Rig) -> None:
    rig.hear()
    filters = [
        TicketFilter(),
        TicketFilter(status=["open"]),
        TicketFilter(channel=["whatsapp-main"]),
        TicketFilter(assignee="none"),
        TicketFilter(assignee="x"),
    ]
    behind = TICKETS_ORDER.after(Position(NOON, None, "x"))
    for wanted in (each.document() for each in filters):
        for query in (wanted, {"$and": [wanted, behind]}):
            plan = rig.db[names.TICKETS].find(query).sort(TICKETS_ORDER.sort()).explain()
            stages = str(plan["queryPlanner"]["winningPlan"])
            assert "IXSCAN" in stages, query
            assert "'SORT'" not in stages, query
    # Which one the planner takes depends on what is stored; these can be taken.
    mine = rig.db[names.TICKETS].find(TicketFilter(assignee="x").document()).sort(TICKETS_ORDER.sort())
    plan = mine.hint("assignee_1_updated_at_-1__id_-1").explain()
    assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])
    theirs = rig.db[names.TICKETS].find(TicketFilter(requester="x").document())
    assert "IXSCAN" in str(theirs.hint("requester_id_1").explain()["queryPlanner"]["winningPlan"])
    found = rig.db[names.MESSAGES].find({"ticket_id": {"$eq": "x"}})
    plan = found.sort([("occurred_at", 1), ("number", 1), ("_id", 1)]).explain()
    assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])


def test_a_change_needs_the_etag_that_was_read(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    first = rig.get(path).headers["ETag"]
    missing = rig.patch(path, {"title": "Other"}, match=None)
    assert (missing.status_code, missing.get_json()["type"]) == (
        428,
        "urn:sportello:problem:if-match-missing",
    )
    changed = rig.patch(path, {"title": "Other"}, match=first)
    assert (changed.status_code, changed.get_json()["title"]) == (200, "Other")
    stale = rig.patch(path, {"title": "Mine"}, match=first)
    assert (stale.status_code, stale.get_json()["type"]) == (412, "urn:sportello:problem:stale")
    assert rig.get(path).get_json()["title"] == "Other"
    again = rig.patch(path, {"title": "Mine"}, match=changed.headers["ETag"])
    assert again.status_code == 200


def test_an_unchanged_ticket_is_not_sent_again(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    etag = rig.get(path).headers["ETag"]
    answer = rig.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")
    rig.change(path, {"tags": ["vip"]})
    assert rig.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_each_changed_field_becomes_history(rig: Rig) -> None:
    path = f"/tickets/{rig.hear(phone='+393351032246')}"
    rig.clock.forward(minutes=1)
    wanted = {
        "title": "  Invoice  ",
        "tags": ["billing", "vip", "billing"],
        "priority": "high",
        "assignee": ANNA,
        "hours": 1.5,
        "solution_forecast": "2025-03-01T10:00:00+01:00",
        "type": "public",
    }
    ticket = rig.change(path, wanted).get_json()
    assert ticket["title"] == "Invoice"
    assert ticket["tags"] == ["billing", "vip"]
    assert ticket["assignee"] == ANNA
    assert ticket["solution_forecast"] == "2025-03-01T09:00:00Z"
    assert ticket["updated_at"] == "2025-02-27T12:01:00Z"
    assert rig.get(path).get_json() == ticket
    entries = rig.get(f"{path}/history").get_json()["items"]
    changes = {entry["what"]: (entry["from"], entry["to"]) for entry in entries}
    assert changes.pop("opened")
    assert changes == {
        "title": ("2025-02-27 13:00:00 - +393351032246", "Invoice"),
        "tags": ([], ["billing", "vip"]),
        "priority": (None, "high"),
        "assignee": (None, ANNA),
        "hours": (0.0, 1.5),
        "solution_forecast": (None, "2025-03-01T09:00:00Z"),
    }
    assert {entry["who"]["name"] for entry in entries if entry["what"] != "opened"} == {"anna"}


def test_nothing_is_written_when_nothing_changes(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    before = rig.get(path)
    rig.clock.forward(minutes=1)
    after = rig.patch(path, {"status": "open", "tags": []}, match=before.headers["ETag"])
    assert after.get_json() == before.get_json()
    assert after.headers["ETag"] == before.headers["ETag"]


def test_closing_and_opening_again_moves_counters_facts_and_the_conversation(rig: Rig) -> None:
    number = rig.hear()
    path = f"/tickets/{number}"
    rig.db["outbox"].delete_many({})
    closed = rig.change(path, {"status": "closed"}).get_json()
    assert (closed["status"]["key"], closed["closed_at"]) == ("closed", "2025-02-27T12:00:00Z")
    assert [entry["routing_key"] for entry in rig.outbox()] == ["ticket.status_changed"]
    conversation = f"/conversations/{closed['conversation_id']}"
    assert rig.get(conversation).get_json()["open_ticket"] is None
    assert _counts(rig) == {"closed": 1}
    assert rig.change(path, {"status": "open"}).get_json()["closed_at"] is None
    assert rig.get(conversation).get_json()["open_ticket"] == number
    assert _counts(rig) == {"open": 1}


def _counts(rig: Rig) -> dict[str, int]:
    counts: dict[str, int] = {}
    for counter in rig.db[names.COUNTERS].find():
        key = counter["_id"].split(":")[1]
        counts[key] = counts.get(key, 0) + counter["n"]
    return {key: count for key, count in counts.items() if count}


def test_an_unknown_status_is_refused_with_those_that_exist(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    answer = rig.change(path, {"status": "done", "title": "Must not be kept"})
    problem = answer.get_json()
    assert answer.status_code == 422
    assert problem["allowed"] == ["open", "waiting_for_response", "customer_responded", "closed"]
    assert problem["errors"][0]["field"] == "status"
    assert "customer_responded" in problem["errors"][0]["problem"]
    assert rig.get(path).get_json()["title"] != "Must not be kept"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": None}, "title"),
        ({"title": {"$ne": 1}}, "title.$ne"),
        ({"tags": "one"}, "tags"),
        ({"tags": ["ok", 3]}, "tags.1"),
        ({"tags": ["x"] * 51}, "tags"),
        ({"cc": ["nobody"]}, "cc.0"),
        ({"type": "secret"}, "type"),
        ({"hours": -1}, "hours"),
        ({"hours": "many"}, "hours"),
        ({"hours": "nan"}, "hours"),
        ({"assignee": "nobody-here"}, "assignee"),
        ({"solution_forecast": "tomorrow"}, "solution_forecast"),
        ({"number": "TT1"}, "number"),
        ({"version": 3}, "version"),
        ({}, "body"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_wrong_value_is_named(rig: Rig, document: Any, field: str) -> None:
    answer = rig.change(f"/tickets/{rig.hear()}", document)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_a_change_that_meets_another_is_refused_rather_than_lost(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/tickets/{rig.hear()}"
    etag = rig.get(path).headers["ETag"]
    save, others = rig.store.save, iter([True])

    def somebody_is_faster(changes: Any) -> None:
        if next(others, False):
            monkeypatch.setattr(rig.store, "save", save)
            rig.change(path, {"title": "Theirs"})
        save(changes)

    monkeypatch.setattr(rig.store, "save", somebody_is_faster)
    assert rig.patch(path, {"title": "Mine"}, match=etag).status_code == 412
    assert rig.get(path).get_json()["title"] == "Theirs"
