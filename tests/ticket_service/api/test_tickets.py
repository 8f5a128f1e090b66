"""Tickets over REST: what is shown, found and changed."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import ANNA, Rig

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
    assert [entry["routing_key"] for entry in rig.outbox()] == ["ticket.status_changed", "ticket.closed"]
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
