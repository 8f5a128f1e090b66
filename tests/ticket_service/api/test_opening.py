"""Tickets opened by hand, and from conversations that have none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.ticket_service.apply import apply_messages
from services.ticket_service.domain.field_rules import FieldRule, FieldRules
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.rotation import RoundRobin
from services.ticket_service.ports import Changes, Record
from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import ANNA, BRUNO, CHANNEL, OTHER_TOKEN, Rig, inbound

pytestmark = pytest.mark.integration

PHONE = "+393351032246"
WHATSAPP = {"identity": {"kind": "whatsapp", "value": "+39 335 103 2246"}, "name": "Daniele"}


def keep(rig: Rig, *records: Record) -> None:
    changes = Changes()
    changes.touch(*records)
    rig.web.services.desk.save(changes)


def unplaced(rig: Rig, *texts: str, phone: str = PHONE) -> str:
    """A customer writes on a channel that opens no tickets; the conversation's id."""
    for text in texts:
        rig.clock.forward(seconds=10)
        event = inbound(text, phone, at=rig.clock.now)
        apply_messages([event], rig.web.services.desk, {CHANNEL: False})
    found: str = rig.get("/conversations").get_json()["items"][0]["id"]
    return found


def test_a_ticket_for_somebody_new_makes_a_lead_and_describes_what_was_said(rig: Rig) -> None:
    body = {"requester": WHATSAPP, "description": "La caldaia non parte.", "priority": "high", "tags": ["a"]}
    answer = rig.post("/tickets", body)
    assert answer.status_code == 201, answer.text
    ticket = answer.get_json()
    assert ticket["requester"]["stage"] == "lead"
    assert ticket["requester"]["identities"][0]["value"] == PHONE
    assert (ticket["channel"], ticket["channel_kind"], ticket["conversation_id"]) == ("desk", "desk", None)
    assert (ticket["priority"], ticket["tags"], ticket["status"]["key"]) == ("high", ["a"], "open")
    assert ticket["title"] == f"2025-02-27 13:00:00 - {PHONE}"
    assert ticket["description"] == "2025-02-27 13:00:00\nLa caldaia non parte."
    assert ticket["created_by"] == {"kind": "agent", "id": ANNA, "name": "anna"}
    assert (ticket["type"], ticket["read_at"], ticket["assignee"]) == ("public", None, None)
    assert rig.get(f"/tickets/{ticket['number']}").get_json() == ticket
    assert [each["routing_key"] for each in rig.outbox()] == ["ticket.opened"]


def test_who_is_known_by_the_identity_is_the_requester(rig: Rig) -> None:
    known = rig.get(f"/tickets/{rig.hear(phone=PHONE)}").get_json()["requester"]["id"]
    by_identity = rig.post("/tickets", {"requester": WHATSAPP, "title": "Chiamata"}).get_json()
    by_id = rig.post("/tickets", {"requester": {"id": known}, "title": "Altra"}).get_json()
    assert {by_identity["requester"]["id"], by_id["requester"]["id"]} == {known}
    assert (by_id["title"], by_id["description"]) == ("Altra", "")


def test_a_ticket_on_the_requesters_channel_is_answered_there(rig: Rig) -> None:
    unplaced(rig, "Buongiorno")
    ticket = rig.post("/tickets", {"requester": WHATSAPP, "description": "Chiamata", "channel": CHANNEL})
    assert ticket.status_code == 201, ticket.text
    number = ticket.get_json()["number"]
    assert rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"}).status_code == 201
    assert rig.hear("Grazie", phone=PHONE) == number
    again = rig.post("/tickets", {"requester": WHATSAPP, "description": "Altro", "channel": CHANNEL})
    assert (again.status_code, again.get_json()["type"].rsplit(":")[-1]) == (409, "has-open-ticket")


def test_files_come_with_it(rig: Rig) -> None:
    file_id = rig.upload()
    ticket = rig.post("/tickets", {"requester": WHATSAPP, "attachments": [file_id]}).get_json()
    assert rig.db[names.ATTACHMENTS].find_one({"_id": file_id})["ticket_id"] == ticket["id"]  # type: ignore[index]
    used = rig.post("/tickets", {"requester": WHATSAPP, "attachments": [file_id]})
    assert (used.status_code, used.get_json()["errors"][0]["field"]) == (422, "attachments.0")


def test_repeating_the_request_opens_one_ticket(rig: Rig) -> None:
    body = {"requester": WHATSAPP, "description": "Una volta"}
    first, second = rig.post("/tickets", body, key="k1"), rig.post("/tickets", body, key="k1")
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert rig.db[names.TICKETS].count_documents({}) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "requester"),
        ({"requester": {}}, "requester.id"),
        ({"requester": {"id": "nobody"}}, "requester"),
        ({"requester": {"identity": {"kind": "whatsapp", "value": "12"}}}, "requester.identity.value"),
        ({"requester": {"identity": {"kind": "email", "value": "not one"}}}, "requester.identity.value"),
        ({"requester": WHATSAPP, "priority": "sky-high"}, "priority"),
        ({"requester": WHATSAPP, "group": "nobody"}, "group"),
        ({"requester": WHATSAPP, "assignee": "nobody"}, "assignee"),
        ({"requester": WHATSAPP, "organization": "nobody"}, "organization"),
        ({"requester": WHATSAPP, "product": "nobody"}, "product"),
        ({"requester": WHATSAPP, "project": "nobody"}, "project"),
        ({"requester": WHATSAPP, "contract": "nobody"}, "contract"),
        ({"requester": WHATSAPP, "linked_to": "contact:nobody"}, "linked_to"),
        ({"requester": WHATSAPP, "linked_to": "nothing"}, "linked_to"),
        ({"requester": WHATSAPP, "channel": CHANNEL}, "channel"),
        ({"requester": WHATSAPP, "type": "secret"}, "type"),
        ({"requester": WHATSAPP, "attachments": ["none"]}, "attachments.0"),
        ({"requester": WHATSAPP, "description": "x" * 20_001}, "description"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_made(
    rig: Rig, body: dict[str, Any], field: str
) -> None:
    answer = rig.post("/tickets", body)
    assert answer.status_code == 422, answer.text
    assert field in [each["field"] for each in answer.get_json()["errors"]], answer.text
    assert rig.db[names.TICKETS].count_documents({}) == rig.db[names.CONTACTS].count_documents({}) == 0


def test_staff_tickets_are_read_and_assigned_to_who_opened_them_where_the_desk_says_so(rig: Rig) -> None:
    keep(rig, TicketOptions(staff_tickets_are_read=True, assign_to_creator=True))
    body = {"requester": WHATSAPP, "description": "Chiamata"}
    ticket = rig.post("/tickets", body, token=OTHER_TOKEN).get_json()
    assert (ticket["assignee"], ticket["read_at"]) == (BRUNO, "2025-02-27T12:00:00Z")
    assert [each["routing_key"] for each in rig.outbox()] == ["ticket.opened", "ticket.assigned"]
    other = rig.post("/tickets", {**body, "assignee": ANNA}, token=OTHER_TOKEN).get_json()
    assert other["assignee"] == ANNA
    heard = rig.get(f"/tickets/{rig.hear()}").get_json()
    assert (heard["assignee"], heard["read_at"]) == (None, None)


def test_who_opens_a_ticket_fills_in_what_the_desk_asks_for_and_nothing_it_does_not_use(rig: Rig) -> None:
    keep(rig, FieldRules(fields={"category": FieldRule(mandatory=True), "product": FieldRule(enabled=False)}))
    body = {"requester": WHATSAPP, "description": "Chiamata"}
    missing = rig.post("/tickets", body)
    assert [each["field"] for each in missing.get_json()["errors"]] == ["category"]
    surplus = rig.post("/tickets", {**body, "category": "question", "product": "p"})
    assert "product" in [each["field"] for each in surplus.get_json()["errors"]]
    assert rig.post("/tickets", {**body, "category": "question"}).status_code == 201
    heard = rig.hear()  # a customer is never turned away
    assert rig.get(f"/tickets/{heard}").get_json()["category"] is None


def test_an_internal_ticket_takes_notes_only_and_is_not_seen(rig: Rig) -> None:
    body = {"requester": WHATSAPP, "description": "Tra noi", "type": "internal"}
    number = rig.post("/tickets", body).get_json()["number"]
    refused = rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"})
    assert (refused.status_code, refused.get_json()["type"].rsplit(":")[-1]) == (409, "internal-ticket")
    (action,) = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    assert (action["visibility"], action["part"]) == ("internal", "description")


def test_what_was_said_in_a_conversation_becomes_description_and_comments(rig: Rig) -> None:
    conversation = unplaced(rig, "Buongiorno", "La caldaia", "non parte")
    answer = rig.post(f"/conversations/{conversation}/tickets", {"priority": "high"})
    assert answer.status_code == 201, answer.text
    ticket = answer.get_json()
    assert ticket["title"] == f"2025-02-27 13:00:10 - {PHONE}"
    assert ticket["description"] == "2025-02-27 13:00:10\nBuongiorno"
    assert (ticket["comments_count"], ticket["conversation_id"]) == (2, conversation)
    assert ticket["last_customer_message_at"] == "2025-02-27T12:00:30Z"
    actions = rig.get(f"/tickets/{ticket['number']}/actions").get_json()["items"]
    said = [(each["part"], each["number"], each["text"]) for each in actions]
    assert said == [
        ("description", None, "Buongiorno"),
        ("comment", 1, "La caldaia"),
        ("comment", 2, "non parte"),
    ]
    assert rig.get(f"/conversations/{conversation}").get_json()["open_ticket"] == ticket["number"]
    assert rig.hear("Ancora io", phone=PHONE) == ticket["number"]
    again = rig.post(f"/conversations/{conversation}/tickets", {})
    assert (again.status_code, again.get_json()["type"].rsplit(":")[-1]) == (409, "has-open-ticket")


def test_only_the_chosen_messages_are_taken(rig: Rig) -> None:
    conversation = unplaced(rig, "uno", "due", "tre")
    ids = [each["id"] for each in rig.get(f"/conversations/{conversation}/messages").get_json()["items"]]
    body = {"messages": [ids[2], ids[1]]}
    ticket = rig.post(f"/conversations/{conversation}/tickets", body).get_json()
    assert ticket["description"].endswith("\ndue")
    rig.change(f"/tickets/{ticket['number']}", {"status": "closed"})
    taken = rig.post(f"/conversations/{conversation}/tickets", {"messages": [ids[1]]})
    assert (taken.status_code, taken.get_json()["errors"][0]["field"]) == (422, "messages.0")
    rest = rig.post(f"/conversations/{conversation}/tickets", {}).get_json()
    assert rest["description"].endswith("\nuno")
    rig.change(f"/tickets/{rest['number']}", {"status": "closed"})
    none = rig.post(f"/conversations/{conversation}/tickets", {})
    assert (none.status_code, none.get_json()["type"].rsplit(":")[-1]) == (409, "nothing-to-take")
    assert rig.post("/conversations/none/tickets", {}).status_code == 404


def at_once(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(work) for work in works]]


def test_of_two_who_open_a_ticket_from_one_conversation_one_does(rig: Rig) -> None:
    conversation = unplaced(rig, "Buongiorno")
    answers = at_once(*[lambda: rig.post(f"/conversations/{conversation}/tickets", {}) for _ in range(4)])
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert rig.db[names.TICKETS].count_documents({}) == 1


def test_turns_are_fair_however_many_tickets_open_at_once(rig: Rig) -> None:
    team = rig.post("/teams", {"name": "First line", "members": [ANNA, BRUNO]}).get_json()["id"]
    keep(rig, RoundRobin(teams=(team,)))

    def open_one() -> str | None:
        body = {"requester": WHATSAPP, "description": "Chiamata", "group": team}
        found: str | None = rig.post("/tickets", body).get_json()["assignee"]
        return found

    rig.post("/tickets", {"requester": WHATSAPP, "description": "makes the lead"})
    given = at_once(*[open_one for _ in range(8)])
    assert sorted(given, key=str) == [ANNA] * 4 + [BRUNO] * 4


def test_a_full_agent_is_passed_over_and_the_team_keeps_what_nobody_can_take(rig: Rig) -> None:
    team = rig.post("/teams", {"name": "First line", "members": [ANNA]}).get_json()["id"]
    keep(rig, RoundRobin(teams=(team,)))
    assert rig.change(f"/users/{ANNA}", {"capacity": 1}).status_code == 200
    body = {"requester": WHATSAPP, "description": "Chiamata", "group": team}
    first, second = rig.post("/tickets", body).get_json(), rig.post("/tickets", body).get_json()
    assert (first["assignee"], second["assignee"], second["group"]) == (ANNA, None, team)
    rig.change(f"/tickets/{first['number']}", {"status": "closed"})
    third = rig.post("/tickets", {"requester": WHATSAPP, "description": "Chiamata"}).get_json()
    moved = rig.change(f"/tickets/{third['number']}", {"group": team}).get_json()
    assert moved["assignee"] == ANNA
    rig.change(f"/users/{ANNA}", {"capacity": None})


def test_the_desk_may_write_first_with_a_template_and_the_answer_comes_to_that_ticket(rig: Rig) -> None:
    rig.knows("please_answer")
    phone = "+393471112223"
    body = {
        "requester": {"identity": {"kind": "whatsapp", "value": phone}, "name": "Nuova Cliente"},
        "title": "Rinnovo del contratto",
        "channel": CHANNEL,
    }
    refused = rig.post("/tickets", body)
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "channel")
    made = rig.post("/tickets", {**body, "begin_conversation": True}, key="once")
    assert made.status_code == 201, made.text
    ticket = made.get_json()
    talk = rig.get(f"/conversations/{ticket['conversation_id']}").get_json()
    assert (talk["window_open"], talk["open_ticket"]) == (False, ticket["number"])
    replies = f"/tickets/{ticket['number']}/replies"
    assert rig.post(replies, {"text": "Buongiorno"}).status_code == 409
    template = {"template": {"name": "please_answer", "language": "it"}}
    assert rig.post(replies, template).status_code == 201
    assert rig.requested()[-1].recipient.address == phone.lstrip("+")
    assert rig.hear("Sì, mi interessa", phone=phone) == ticket["number"]
    assert rig.get(f"/conversations/{ticket['conversation_id']}").get_json()["window_open"]
    assert rig.post("/tickets", {**body, "begin_conversation": True}, key="once").get_json() == ticket


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"requester": {"identity": {"kind": "email", "value": "a@example.org"}}}, "channel"),
        ({"channel": "no-such-channel"}, "channel"),
        ({"channel": None}, "channel"),
    ],
)
def test_a_conversation_begins_only_where_somebody_can_be_written_to(
    rig: Rig, change: dict[str, Any], field: str
) -> None:
    body = {"requester": WHATSAPP, "channel": CHANNEL, "begin_conversation": True, **change}
    refused = rig.post("/tickets", {name: value for name, value in body.items() if value})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, field)
    assert rig.db[names.TICKETS].count_documents({}) == 0
