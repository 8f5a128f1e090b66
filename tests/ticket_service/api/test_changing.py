"""Tickets changed within the desk's rules: fields, statuses and their reasons, types, reading, spam."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.field_rules import FieldRule, FieldRules
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.status import Status
from services.ticket_service.ports import Changes, Record
from services.ticket_service.store import collections as names
from shared.contracts.catalogue import decode
from tests.ticket_service.api.rig import ANNA, BRUNO, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

PHONE = "+393351032246"


def keep(rig: Rig, *records: Record) -> None:
    changes = Changes()
    changes.touch(*records)
    rig.web.services.desk.save(changes)


def works_like(rig: Rig, preset: str) -> None:
    """Give the desk another way of working (the rig prepares S000 again before each test)."""
    changes = Changes()
    changes.remove(*rig.store.records(Status, {}))
    rig.store.save(changes)
    keep(rig, *PRESETS[preset])


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].rsplit(":")[-1]


def changes_of(rig: Rig, number: str) -> list[tuple[str, Any, Any]]:
    items = rig.get(f"/tickets/{number}/history").get_json()["items"]
    return [(each["what"], each["from"], each["to"]) for each in items]


def facts(rig: Rig) -> list[Any]:
    events = [decode(bytes(each["body"])) for each in rig.outbox()]
    return [each for each in events if each.type.startswith("ticket.")]


def test_every_field_can_be_set_each_is_history_and_all_are_one_fact(rig: Rig) -> None:
    path = f"/tickets/{rig.hear(phone=PHONE)}"
    organization = rig.post("/organizations", {"name": "Acme"}).get_json()["id"]
    product = rig.post("/products", {"name": "Boiler"}).get_json()["id"]
    project = rig.post("/projects", {"name": "Heating"}).get_json()["id"]
    contract = rig.post("/contracts", {"name": "Service"}).get_json()["id"]
    team = rig.post("/teams", {"name": "First line", "members": []}).get_json()["id"]
    requester = rig.post("/contacts", {"name": "Carla"}).get_json()["id"]
    rig.db["outbox"].delete_many({})
    wanted = {
        "title": "Caldaia",
        "category": "problem",
        "priority": "high",
        "severity": "blocking",
        "importance": "low",
        "request_type": "incident",
        "organization": organization,
        "product": product,
        "project": project,
        "contract": contract,
        "group": team,
        "linked_to": f"organization:{organization}",
        "cc": ["a@example.org"],
        "tags": ["heating"],
        "solution": "Cambiata la scheda.",
        "justification": "In attesa del pezzo",
        "solution_forecast": "2025-03-01T12:00:00Z",
        "planned_at": "2025-02-28T08:00:00Z",
        "notify_requester": False,
        "hours": 1.5,
        "days": 0.25,
        "requester": requester,
    }
    ticket = rig.change(path, wanted).get_json()
    shown = {**ticket, "requester": ticket["requester"]["id"]}
    assert {name: shown[name] for name in wanted} == wanted
    assert {what for what, _, _ in changes_of(rig, ticket["number"])} == {"opened", *wanted}
    (fact,) = facts(rig)
    assert (fact.type, fact.data.changed) == ("ticket.changed", sorted(wanted))
    again = rig.change(path, wanted).get_json()
    assert (again["updated_at"], len(facts(rig))) == (ticket["updated_at"], 1)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"priority": "sky-high"}, "priority"),
        ({"service": "anything"}, "service"),
        ({"assignee": "nobody"}, "assignee"),
        ({"group": "nobody"}, "group"),
        ({"organization": "nobody"}, "organization"),
        ({"product": "nobody"}, "product"),
        ({"requester": "nobody"}, "requester"),
        ({"requester": None}, "requester"),
        ({"linked_to": "organization:nobody"}, "linked_to"),
        ({"hours": -1}, "hours"),
        ({"tags": ["x"] * 51}, "tags"),
    ],
)
def test_what_a_ticket_cannot_have_is_refused_with_its_field_and_nothing_is_kept(
    rig: Rig, document: dict[str, Any], field: str
) -> None:
    path = f"/tickets/{rig.hear()}"
    answer = rig.change(path, {**document, "title": "Must not be kept"})
    assert answer.status_code == 422, answer.text
    assert field in [each["field"] for each in answer.get_json()["errors"]]
    assert rig.get(path).get_json()["title"] != "Must not be kept"


def test_unknown_keys_are_refused_with_those_there_are(rig: Rig) -> None:
    answer = rig.change(f"/tickets/{rig.hear()}", {"priority": "sky-high"})
    (error,) = answer.get_json()["errors"]
    assert "low, medium, high, urgent" in error["problem"]


def test_the_forecast_is_set_by_hand_with_the_permission_only(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    etag, wanted = rig.get(path).headers["ETag"], {"solution_forecast": "2025-03-01T12:00:00Z"}
    refused = rig.call("PATCH", path, json=wanted, headers={"If-Match": etag}, token=OTHER_TOKEN)
    assert slug(refused) == (403, "permission-missing")
    assert refused.get_json()["permission"] == "tickets.forecast"
    assert rig.change(path, wanted).get_json()["solution_forecast"] == "2025-03-01T12:00:00Z"


def test_a_field_that_is_switched_off_or_asked_for_is_treated_so(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    rig.change(path, {"category": "question"})
    rules = {"product": FieldRule(enabled=False), "category": FieldRule(mandatory=True)}
    keep(rig, FieldRules(fields={**rules, "solution": FieldRule(mandatory=True)}))
    emptied = rig.change(path, {"category": None})
    assert [each["field"] for each in emptied.get_json()["errors"]] == ["category"]
    unused = rig.change(path, {"product": "p"})
    assert "product" in [each["field"] for each in unused.get_json()["errors"]]
    unsolved = rig.change(path, {"status": "closed"})
    assert [each["field"] for each in unsolved.get_json()["errors"]] == ["solution"]
    assert rig.change(path, {"title": "Others change as ever"}).status_code == 200
    solved = rig.change(path, {"status": "closed", "solution": "Fatto"})
    assert solved.get_json()["status"]["key"] == "closed"


def test_a_closed_tickets_classification_stays_unless_the_desk_allows_it(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    rig.change(path, {"status": "closed"})
    refused = rig.change(path, {"priority": "high", "title": "Must not be kept"})
    assert slug(refused) == (409, "closed-classification")
    assert rig.change(path, {"title": "A title is no classification"}).status_code == 200
    assert rig.change(path, {"priority": "high", "status": "open"}).status_code == 200
    rig.change(path, {"status": "closed"})
    keep(rig, TicketOptions(reclassify_closed=True))
    assert rig.change(path, {"priority": "low"}).get_json()["priority"] == "low"


def test_a_status_that_asks_for_a_reason_gets_one_and_loses_it_with_the_status(rig: Rig) -> None:
    works_like(rig, "S004")
    number = rig.hear(phone=PHONE)
    path = f"/tickets/{number}"
    refused = rig.change(path, {"status": "pending"})
    assert [each["field"] for each in refused.get_json()["errors"]] == ["justification"]
    blank = rig.change(path, {"status": "pending", "justification": None})
    assert blank.status_code == 422
    pending = rig.change(path, {"status": "pending", "justification": "Manca il pezzo"}).get_json()
    assert (pending["status"]["key"], pending["justification"]) == ("pending", "Manca il pezzo")
    rig.hear("Novità?", phone=PHONE)
    again = rig.get(path).get_json()
    assert (again["status"]["key"], again["justification"]) == ("in_progress", None)
    assert ("justification", "Manca il pezzo", None) in changes_of(rig, number)
    body = {"text": "Risolto", "status": "resolved"}
    assert rig.post(f"{path}/replies", body).get_json()["errors"][0]["field"] == "justification"
    assert rig.post(f"{path}/replies", {**body, "justification": "Scheda cambiata"}).status_code == 201
    resolved = rig.get(path).get_json()
    assert (resolved["status"]["key"], resolved["justification"]) == ("resolved", "Scheda cambiata")


def test_an_answer_moves_a_ticket_without_asking_for_a_reason(rig: Rig) -> None:
    works_like(rig, "S004")
    number = rig.hear()
    assert rig.post(f"/tickets/{number}/replies", {"text": "Ci stiamo lavorando"}).status_code == 201
    assert rig.get(f"/tickets/{number}").get_json()["status"]["key"] == "pending"


def test_children_close_first_where_the_desk_says_so(rig: Rig) -> None:
    parent, child = rig.hear(), rig.hear()
    assert rig.post(f"/tickets/{parent}/relations", {"kind": "child", "ticket": child}).status_code == 201
    keep(rig, TicketOptions(children_close_first=True))
    refused = rig.change(f"/tickets/{parent}", {"status": "closed"})
    assert slug(refused) == (409, "children-open")
    assert refused.get_json()["children"] == [child]
    by_reply = rig.post(f"/tickets/{parent}/replies", {"text": "Fatto", "status": "closed"})
    assert slug(by_reply) == (409, "children-open")
    rig.change(f"/tickets/{child}", {"status": "closed"})
    assert rig.change(f"/tickets/{parent}", {"status": "closed"}).status_code == 200


def test_somebody_responsible_takes_a_ticket_to_assigned_and_is_told(rig: Rig) -> None:
    works_like(rig, "S002")
    path = f"/tickets/{rig.hear()}"
    rig.db["outbox"].delete_many({})
    ticket = rig.change(path, {"assignee": BRUNO, "priority": "high"}).get_json()
    assert (ticket["status"]["key"], ticket["assignee"]) == ("assigned", BRUNO)
    told = [(each.type, each.data.assignee, each.data.changed) for each in facts(rig)]
    assert told == [
        ("ticket.status_changed", BRUNO, []),
        ("ticket.assigned", BRUNO, []),
        ("ticket.changed", BRUNO, ["priority"]),
    ]
    assert facts(rig)[1].data.actor.id == ANNA
    nobody = rig.change(path, {"assignee": None}).get_json()
    assert (nobody["status"]["key"], facts(rig)[-1].data.changed) == ("assigned", ["assignee"])


def test_who_answers_becomes_responsible_where_the_desk_says_so(rig: Rig) -> None:
    keep(rig, TicketOptions(reply_assigns=True))
    free, taken = rig.hear(), rig.hear()
    rig.change(f"/tickets/{taken}", {"assignee": ANNA})
    for number in (free, taken):
        rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"}, token=OTHER_TOKEN)
    assert rig.get(f"/tickets/{free}").get_json()["assignee"] == BRUNO
    assert rig.get(f"/tickets/{taken}").get_json()["assignee"] == ANNA


def test_an_internal_ticket_is_left_by_its_conversation_and_found_again_when_public(rig: Rig) -> None:
    number = rig.hear(phone=PHONE)
    path = f"/tickets/{number}"
    conversation = rig.get(path).get_json()["conversation_id"]
    rig.change(path, {"type": "internal"})
    assert rig.get(f"/conversations/{conversation}").get_json()["open_ticket"] is None
    rig.change(path, {"type": "public"})
    assert rig.get(f"/conversations/{conversation}").get_json()["open_ticket"] == number
    assert rig.hear("Ancora io", phone=PHONE) == number
    rig.change(path, {"type": "internal"})
    other = rig.hear("E adesso?", phone=PHONE)
    assert other != number
    rig.change(path, {"status": "closed"})
    rig.change(path, {"status": "open"})
    assert rig.get(f"/conversations/{conversation}").get_json()["open_ticket"] == other
    rig.change(path, {"type": "public"})
    assert rig.get(f"/conversations/{conversation}").get_json()["open_ticket"] == other


def test_the_first_reading_counts_and_only_that(rig: Rig) -> None:
    works_like(rig, "S002")
    number = rig.hear()
    first = rig.post(f"/tickets/{number}/read", token=OTHER_TOKEN).get_json()
    assert (first["status"]["key"], first["read_at"]) == ("read", "2025-02-27T12:00:00Z")
    rig.clock.forward(minutes=5)
    rig.change(f"/tickets/{number}", {"status": "unread"})
    again = rig.post(f"/tickets/{number}/read").get_json()
    assert (again["status"]["key"], again["read_at"]) == ("unread", first["read_at"])
    assert rig.post("/tickets/TT999/read").status_code == 404


def test_spam_goes_where_spam_goes_and_its_sender_is_blocked_if_wanted(rig: Rig) -> None:
    number = rig.hear(phone=PHONE)
    assert slug(rig.post(f"/tickets/{number}/spam", {})) == (409, "no-spam-status")
    works_like(rig, "S003")
    marked = rig.post(f"/tickets/{number}/spam", {}).get_json()
    assert (marked["status"]["key"], rig.get("/settings/blocked-senders").get_json()["items"]) == ("spam", [])
    assert rig.hear("Vinci", phone=PHONE) == number
    assert rig.get(f"/tickets/{number}").get_json()["status"]["key"] == "spam"
    assert rig.post(f"/tickets/{number}/spam", {"block_sender": True}).status_code == 200
    (blocked,) = rig.get("/settings/blocked-senders").get_json()["items"]
    assert (blocked["id"], blocked["ticket"]) == (f"whatsapp:{PHONE}", number)
    assert ("sender_blocked", None, f"whatsapp:{PHONE}") in changes_of(rig, number)


def test_the_list_of_blocked_senders_is_the_administrators(rig: Rig) -> None:
    body = {"kind": "whatsapp", "value": "+39 335 103 2246", "reason": "Vende tappeti"}
    assert rig.post("/settings/blocked-senders", body, token=OTHER_TOKEN).status_code == 403
    sender = rig.post("/settings/blocked-senders", body, key="k").get_json()
    assert (sender["id"], sender["reason"]) == (f"whatsapp:{PHONE}", "Vende tappeti")
    assert rig.post("/settings/blocked-senders", body, key="k").get_json() == sender
    assert slug(rig.post("/settings/blocked-senders", body)) == (409, "sender-blocked")
    assert rig.call("DELETE", f"/settings/blocked-senders/{sender['id']}").status_code == 204
    assert rig.call("DELETE", f"/settings/blocked-senders/{sender['id']}").status_code == 404
    assert rig.store.records(BlockedSender, {}) == []


def test_of_two_who_edit_a_ticket_at_once_one_is_told_that_somebody_was_faster(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    etag = rig.get(path).headers["ETag"]

    def edit(title: str) -> int:
        return rig.patch(path, {"title": title, "tags": [title]}, match=etag).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(edit, [f"editor {each}" for each in range(6)]))
    assert sorted(answers) == [200, *[412] * 5]
    ticket = rig.get(path).get_json()
    assert ticket["tags"] == [ticket["title"]]
    assert rig.db[names.HISTORY].count_documents({"what": {"$in": ["title", "tags"]}}) == 2
