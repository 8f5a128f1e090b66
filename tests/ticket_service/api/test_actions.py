"""Replies, notes and the timeline over REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.store import collections as names
from shared.contracts.catalogue import decode
from tests.ticket_service.api.rig import ANNA, NOON, Rig

pytestmark = pytest.mark.integration
YES = {"id": "yes", "title": "Sì"}
TEMPLATE: dict[str, Any] = {
    "name": "please_answer",
    "language": "it",
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "TT1"}]}],
}


def test_a_reply_is_queued_for_the_customers_channel(rig: Rig) -> None:
    number = rig.hear(phone="+393351032246")
    rig.db["outbox"].delete_many({})
    rig.clock.forward(minutes=5)
    answer = rig.post(f"/tickets/{number}/replies", {"text": "oggi la chiamiamo"})
    action = answer.get_json()
    assert answer.status_code == 201
    assert (action["direction"], action["visibility"], action["text"]) == (
        "out",
        "public",
        "oggi la chiamiamo",
    )
    assert action["author"] == {"kind": "agent", "id": ANNA, "name": "anna"}
    assert (action["part"], action["number"]) == ("comment", 1)
    assert action["delivery"] == {
        "state": "queued",
        "attempt": 0,
        "queued_at": "2025-02-27T12:05:00Z",
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "failed_at": None,
        "error": None,
    }
    events = [decode(entry["body"]) for entry in rig.outbox()]
    assert {event.type for event in events} == {
        "reply.requested",
        "ticket.agent_replied",
        "ticket.status_changed",
    }
    requested = next(event.data for event in events if event.type == "reply.requested")
    assert requested.send_id == action["id"]
    assert (requested.recipient.address, requested.content.text) == ("393351032246", "oggi la chiamiamo")
    assert (requested.ticket_number, requested.author) == (number, "anna")
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert ticket["status"]["key"] == "waiting_for_response"
    assert ticket["comments_count"] == 1
    assert rig.get(f"/tickets/{number}/replies").get_json()["items"] == [action]


def test_a_receipt_shows_on_the_reply(rig: Rig) -> None:
    number = rig.hear()
    send_id = rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"}).get_json()["id"]
    rig.delivered(send_id, "read", NOON + timedelta(seconds=9))
    rig.delivered(send_id, "sent", NOON + timedelta(seconds=1))
    shown = rig.get(f"/tickets/{number}/replies").get_json()["items"][0]
    assert shown["provider_message_ids"] == [f"wamid.{send_id}"]
    assert shown["delivery"]["state"] == "read"
    assert shown["delivery"]["sent_at"] == "2025-02-27T12:00:01Z"
    assert shown["delivery"]["read_at"] == "2025-02-27T12:00:09Z"


def test_reply_and_set_status_are_one_step(rig: Rig) -> None:
    number = rig.hear()
    rig.post(f"/tickets/{number}/replies", {"text": "Risolto", "status": "closed"})
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert ticket["status"]["key"] == "closed"
    moves = [
        entry
        for entry in rig.get(f"/tickets/{number}/history").get_json()["items"]
        if entry["what"] == "status"
    ]
    assert [(move["from"], move["to"]) for move in moves] == [("open", "closed")]


def test_an_unknown_status_stops_the_whole_reply(rig: Rig) -> None:
    number = rig.hear()
    answer = rig.post(f"/tickets/{number}/replies", {"text": "Risolto", "status": "done"})
    assert answer.status_code == 422
    assert rig.get(f"/tickets/{number}/replies").get_json()["items"] == []


def test_a_text_after_the_window_needs_a_template(rig: Rig) -> None:
    number = rig.hear()
    rig.clock.forward(hours=24)
    answer = rig.post(f"/tickets/{number}/replies", {"text": "Too late"})
    problem = answer.get_json()
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert problem["type"] == "urn:sportello:problem:template-required"
    assert problem["window_expired_at"] == "2025-02-28T12:00:00Z"
    assert "template" in problem["detail"]
    assert rig.get(f"/tickets/{number}").get_json()["comments_count"] == 0
    sent = rig.post(f"/tickets/{number}/replies", {"template": TEMPLATE})
    assert (sent.status_code, sent.get_json()["template"]) == (201, TEMPLATE)
    assert sent.get_json()["kind"] == "template"
    content = next(
        event.data.content
        for event in (decode(entry["body"]) for entry in rig.outbox())
        if event.type == "reply.requested"
    )
    assert (content.kind, content.template.name, content.template.components) == (
        "template",
        "please_answer",
        TEMPLATE["components"],
    )


def test_one_second_before_the_window_closes_a_text_is_fine(rig: Rig) -> None:
    number = rig.hear()
    rig.clock.forward(hours=24, seconds=-1)
    assert rig.post(f"/tickets/{number}/replies", {"text": "Just in time"}).status_code == 201


def test_a_channel_without_a_window_takes_texts_at_any_time(rig: Rig) -> None:
    number = rig.hear(window=None)
    rig.clock.forward(days=30)
    assert rig.post(f"/tickets/{number}/replies", {"text": "Still there?"}).status_code == 201


def test_an_internal_ticket_takes_notes_only(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    rig.change(path, {"type": "internal"})
    answer = rig.post(f"{path}/replies", {"text": "Not for you"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:sportello:problem:internal-ticket")
    assert rig.post(f"{path}/notes", {"text": "Among us"}).status_code == 201


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": 1}, "text"),
        ({"text": "both", "template": TEMPLATE}, "text"),
        ({"template": {"name": "a"}}, "template.language"),
        ({"template": {**TEMPLATE, "language": "it\n"}}, "template.language"),
        ({"template": {**TEMPLATE, "language": "it_abcdefgh_abcdefgh_x1"}}, "template.language"),
        ({"template": {**TEMPLATE, "components": [1]}}, "template.components.0"),
        ({"template": {**TEMPLATE, "components": [{}] * 21}}, "template.components"),
        ({"template": {**TEMPLATE, "components": [{"$where": 1}]}}, "template.components.0.$where"),
        ({"text": "a\0b"}, "text"),
        ({"text": "fine", "status": ""}, "status"),
        ({"text": "fine", "to": "somebody else"}, "to"),
        ({"location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
        ({"location": {"latitude": "NaN", "longitude": 0}}, "location.latitude"),
        ({"location": {"latitude": 1, "longitude": 1}, "text": "here"}, "text"),
        ({"contacts": []}, "contacts"),
        ({"contacts": [{"phones": ["1"]}]}, "contacts.0.name"),
        ({"contacts": [{"name": "A", "emails": ["x"]}]}, "contacts.0.emails.0"),
        ({"contacts": [{"name": "A"}], "location": {"latitude": 1, "longitude": 1}}, "contacts"),
        ({"reaction": {"message": "m"}}, "reaction.emoji"),
        ({"reaction": {"message": "m", "emoji": "👍"}, "reply_to": "m"}, "reply_to"),
        ({"reaction": {"message": "no such", "emoji": "👍"}}, "reaction.message"),
        ({"attachments": []}, "attachments"),
        ({"attachments": ["a"] * 11}, "attachments"),
        ({"attachments": ["a", "a"]}, "attachments"),
        ({"attachments": [{"$ne": ""}]}, "attachments.0.$ne"),
        ({"attachments": ["a"], "template": TEMPLATE}, "attachments"),
        ({"text": "fine", "reply_to": "no-such"}, "reply_to"),
        ({"text": "fine", "reply_to": {"$gt": ""}}, "reply_to.$gt"),
        ({"text": "fine", "when_closed": "later"}, "when_closed"),
        ({"interactive": {"kind": "buttons", "buttons": [YES]}}, "text"),
        ({"text": "?", "interactive": {"kind": "menu"}}, "interactive.kind"),
        ({"text": "?", "interactive": {"kind": "buttons"}}, "interactive.buttons"),
        ({"text": "?", "interactive": {"kind": "buttons", "buttons": [YES, YES]}}, "interactive.buttons"),
        (
            {"text": "?", "interactive": {"kind": "buttons", "buttons": [YES], "url": "https://a.example"}},
            "interactive.url",
        ),
        (
            {"text": "?", "interactive": {"kind": "cta_url", "button": "Go", "url": "javascript:1"}},
            "interactive.url",
        ),
        (
            {
                "text": "?",
                "interactive": {"kind": "list", "button": "Go", "sections": [{"title": "A", "rows": []}]},
            },
            "interactive.sections.0.rows",
        ),
    ],
)
def test_a_reply_that_cannot_be_sent_is_refused(rig: Rig, document: Any, field: str) -> None:
    answer = rig.post(f"/tickets/{rig.hear()}/replies", document)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_a_note_is_numbered_and_stays_inside(rig: Rig) -> None:
    number = rig.hear()
    rig.db["outbox"].delete_many({})
    answer = rig.post(f"/tickets/{number}/notes", {"text": "Called him"})
    note = answer.get_json()
    assert answer.status_code == 201
    assert (note["direction"], note["visibility"], note["number"]) == ("note", "internal", 1)
    assert note["delivery"] is None
    assert [entry["routing_key"] for entry in rig.outbox()] == ["ticket.noted"]
    assert rig.get(f"/tickets/{number}").get_json()["status"]["key"] == "open"
    assert rig.get(f"/tickets/{number}/notes").get_json()["items"] == [note]
    assert rig.get(f"/tickets/{number}/replies").get_json()["items"] == []
    conversation = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    said = rig.get(f"/conversations/{conversation}/messages").get_json()["items"]
    assert note["id"] not in {message["id"] for message in said}


def test_the_timeline_follows_the_providers_time_in_pages_both_ways(rig: Rig) -> None:
    phone = "+393351032246"
    number = rig.hear("first", phone=phone, at=NOON)
    # Three in the provider's same second keep the order in which they came.
    for text in ("second", "third", "fourth"):
        rig.hear(text, phone=phone, at=NOON + timedelta(seconds=7))
    rig.hear("came late, was written early", phone=phone, at=NOON + timedelta(seconds=3))
    rig.clock.forward(seconds=20)
    rig.post(f"/tickets/{number}/replies", {"text": "answer"})
    rig.post(f"/tickets/{number}/notes", {"text": "note"})
    expected = ["first", "came late, was written early", "second", "third", "fourth", "answer", "note"]
    for order, wanted in (("oldest", expected), ("newest", expected[::-1])):
        for limit in (1, 2, 3, 100):
            assert _walk(rig, f"/tickets/{number}/actions", order, limit) == wanted, (order, limit)
    shown = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    assert (shown[0]["part"], shown[0]["number"]) == ("description", None)
    assert [action["number"] for action in shown[1:]] == [4, 1, 2, 3, 5, 6]


def _walk(rig: Rig, path: str, order: str, limit: int) -> list[str]:
    texts: list[str] = []
    query: dict[str, Any] = {"order": order, "limit": limit}
    while True:
        page = rig.get(path, query_string=query).get_json()
        texts += [action["text"] for action in page["items"]]
        if page["next"] is None:
            return texts
        query["cursor"] = page["next"]


def test_a_kind_the_desk_cannot_show_comes_with_what_the_provider_sent(rig: Rig) -> None:
    number = rig.hear("", kind="unsupported", raw='{"type":"hologram"}')
    action = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]
    assert (action["kind"], action["raw"]) == ("unsupported", '{"type":"hologram"}')


def test_many_different_replies_at_once_all_count(rig: Rig) -> None:
    from concurrent.futures import ThreadPoolExecutor

    number = rig.hear()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: rig.post(f"/tickets/{number}/replies", {"text": f"answer {n}"}), range(8))
        )
    assert {answer.status_code for answer in answers} == {201}
    replies = rig.get(f"/tickets/{number}/replies").get_json()["items"]
    assert sorted(reply["number"] for reply in replies) == list(range(1, 9))
    assert rig.get(f"/tickets/{number}").get_json()["comments_count"] == 8
    assert rig.db[names.MESSAGES].count_documents({"direction": "out"}) == 8
