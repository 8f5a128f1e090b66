"""What visitors do besides writing: receipts for their own lines, signs of life, details, ratings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.webhook_gateway.channels.webchat.verify import ChatVisitor, issue
from tests.webhook_gateway.webchat.doors.rig import NOW, SHOP, Chats, somebody
from tests.webhook_gateway.webchat.doors.test_messages import Spool, Watching, types

PAGE = {"url": "https://shop.example/cart", "title": "Cart"}


def test_receipts_are_for_lines_of_the_visitor_only() -> None:
    chats = Chats()
    visitor, token = somebody()
    other = somebody()[0]
    lines = ["send-1", f"{other.id}.send-2", f"{visitor.id}.message-1", "send-1"]
    answer = chats.post("signs", {"delivered": ["send-0"], "read": lines}, token)
    assert (answer.status_code, answer.data) == (204, b"")
    reports = [event.data for event in chats.events("delivery.reported")]
    assert [(each.state, each.provider_message_id) for each in reports] == [
        ("delivered", f"{visitor.id}.send-0"),
        ("read", f"{visitor.id}.send-1"),
        ("read", f"{visitor.id}.{other.id}.send-2"),
        ("read", f"{visitor.id}.message-1"),
    ]
    assert {each.send_id for each in reports} == {None}
    assert {(each.channel_id, each.channel_kind, each.recipient) for each in reports} == {
        (SHOP.id, "webchat", visitor.id)
    }


def test_what_was_sent_to_who_they_were_before_they_logged_in_is_read_too() -> None:
    chats = Chats()
    before = somebody()[0]
    visitor = ChatVisitor(SHOP.id, f"u-{'a' * 32}", (before.id,))
    chats.post("signs", {"read": ["send-1"]}, issue(SHOP, visitor))
    reports = [event.data for event in chats.events("delivery.reported")]
    assert [(each.provider_message_id, each.recipient) for each in reports] == [
        (f"{visitor.id}.send-1", visitor.id),
        (f"{before.id}.send-1", before.id),
    ]


def test_a_receipt_is_the_same_event_each_time() -> None:
    chats = Chats()
    token = somebody()[1]
    for _ in range(2):
        chats.post("signs", {"read": ["send-1"]}, token)
    first, second = chats.events("delivery.reported")
    assert first.id == second.id


def test_a_beacon_names_its_visitor_in_the_body() -> None:
    chats = Chats()
    token = somebody()[1]
    data = json.dumps({"read": ["send-1"], "token": token}).encode()
    assert chats.post("signs", data=data, content_type="text/plain;charset=UTF-8").status_code == 204
    assert len(chats.events("delivery.reported")) == 1
    forged = data.replace(token[-5:].encode(), b"AAAAA")
    assert chats.post("signs", data=forged, content_type="text/plain").status_code == 401
    assert chats.post("signs", data=b"{}", content_type="text/plain").status_code == 401


def test_typing_is_told_every_three_seconds_at_most() -> None:
    chats = Chats()
    visitor, token = somebody()
    for _ in range(3):
        assert chats.post("signs", {"typing": True}, token).status_code == 204
    chats.seconds += 3
    chats.post("signs", {"typing": True}, token)
    acts = [event.data for event in chats.events("visitor.acted")]
    assert [act.action for act in acts] == ["typed", "typed"]
    assert acts[0].contact_key == visitor.contact_key
    assert acts[0].text == ""


def test_the_page_a_visitor_looks_at_is_told_every_five_seconds_at_most() -> None:
    chats = Chats()
    token = somebody()[1]
    for _ in range(3):
        chats.post("signs", {"page": PAGE}, token)
    (act,) = [event.data for event in chats.events("visitor.acted")]
    assert act.action == "moved"
    assert [(page.url, page.title, page.at) for page in act.visitor.pages] == [
        ("https://shop.example/cart", "Cart", NOW)
    ]


def test_signs_of_life_are_never_kept_for_later_but_receipts_are() -> None:
    for spool, publisher in ((Spool(), Watching(up=False)), (Spool(first=True), Watching())):
        chats = Chats(spool=spool, publisher=publisher)
        token = somebody()[1]
        signs = {"typing": True, "page": PAGE, "read": ["send-1"]}
        assert chats.post("signs", signs, token).status_code == 204
        assert types(spool.kept) == ["delivery.reported"]


def test_details_are_claims_and_nothing_more() -> None:
    chats = Chats()
    visitor, token = somebody()
    details = {"name": "Giulia", "email": "g@b.example", "phone": "333 1234567", "answers": {"order": "1"}}
    answer = chats.post("details", {"details": details, "language": "it"}, token)
    assert (answer.status_code, answer.data) == (204, b"")
    (act,) = [event.data for event in chats.events()]
    assert (act.action, act.sender.name) == ("told", "Giulia")
    assert [each.key for each in act.sender.identities] == [f"webchat:{visitor.id}"]
    told = act.visitor
    assert (told.email, told.phone, told.answers, told.language, told.verified) == (
        "g@b.example",
        "333 1234567",
        {"order": "1"},
        "it",
        False,
    )


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"email": "no address"}, "details.email"),
        ({"email": "a@b"}, "details.email"),
        ({"email": "a@b.example, c@d.example"}, "details.email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "details.email"),
        ({"email": f"{'a' * 400}@b.example"}, "details.email"),
        ({"phone": "call me"}, "details.phone"),
        ({"name": "x" * 201}, "details.name"),
        ({"consents": [{"x": 1}]}, "details.consents.0"),
        ([], "details"),
    ],
)
def test_wrong_details_are_refused_by_their_own_door(details: object, field: str) -> None:
    chats = Chats()
    answer = chats.post("details", {"details": details}, somebody()[1])
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]  # type: ignore[index]
    assert chats.events() == []


def test_a_rating_is_told_and_shown_and_the_same_however_often_it_is_sent() -> None:
    chats = Chats()
    visitor, token = somebody()
    body = {"id": "rating-1", "ticket": "TT24", "score": 5, "text": "Gentilissimi\n<b>"}
    answers = [chats.post("ratings", body, token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json == {"id": f"{visitor.id}.rating-1", "at": "2026-11-22T14:00:00Z"}
    acted, posted, *again = chats.events()
    assert [event.id for event in again] == [acted.id, posted.id]
    assert (acted.data.action, acted.data.ticket_number, acted.data.score) == ("rated", "TT24", 5)
    assert (posted.data.kind, posted.data.ticket_number, posted.data.score) == ("rated", "TT24", 5)
    assert acted.data.text == posted.data.text == "Gentilissimi\n<b>"


def test_rating_a_ticket_says_nothing_about_whose_it_is() -> None:
    chats = Chats()
    answers = {
        chats.post("ratings", {"id": "rating-1", "ticket": ticket, "score": 1}, somebody()[1]).status_code
        for ticket in ("TT1", "TT999999", "no ticket at all", "<script>")
    }
    assert answers == {202}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"score": "5"}, "score"),
        ({"score": 4.5}, "score"),
        ({"score": True}, "score"),
        ({"score": None}, "score"),
        ({"ticket": ""}, "ticket"),
        ({"ticket": "T" * 101}, "ticket"),
        ({"text": "x" * 5_001}, "text"),
        ({"id": "x"}, "id"),
    ],
)
def test_wrong_ratings_are_refused(body: dict[str, Any], field: str) -> None:
    chats = Chats()
    good = {"id": "rating-1", "ticket": "TT24", "score": 5}
    answer = chats.post("ratings", good | body, somebody()[1])
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]  # type: ignore[index]
    assert chats.events() == []


def test_a_transcript_goes_where_the_desk_knows_never_where_the_request_says() -> None:
    chats = Chats()
    token = somebody()[1]
    body = {"email": "attacker@evil.example", "to": "attacker@evil.example"}
    assert chats.post("transcripts", body, token).status_code == 202
    (event,) = chats.events()
    assert event.data.action == "asked_transcript"
    assert "attacker" not in str(event)
    assert chats.post("transcripts", {}, token).status_code == 429
    chats.seconds += 600
    assert chats.post("transcripts", {}, token).status_code == 202


def test_an_address_given_with_the_wish_for_a_transcript_is_what_the_visitor_typed() -> None:
    chats = Chats()
    token = somebody()[1]
    assert (
        chats.post("transcripts", {"details": {"email": "giulia@verdi"}}, token).status_code,
        chats.post("transcripts", {"details": {"email": "giulia@verdi.example"}}, token).status_code,
    ) == (422, 202)
    (event,) = chats.events()
    assert (event.data.visitor.email, event.data.visitor.verified) == ("giulia@verdi.example", False)


def test_what_is_not_offered_is_not_taken() -> None:
    chats = Chats()
    chats.offer(rating=False, transcript=False)
    token = somebody()[1]
    rating = {"id": "rating-1", "ticket": "TT24", "score": 5}
    assert chats.post("ratings", rating, token).status_code == 403
    assert chats.post("transcripts", {}, token).status_code == 403
    assert chats.events() == []


@pytest.mark.parametrize(
    "body",
    [
        {"read": ["x"] * 51},
        {"delivered": ["with blank"]},
        {"read": ["x" * 301]},
        {"read": ["line\n"]},
        {"read": "send-1"},
        {"typing": "perhaps"},
        {"page": []},
    ],
)
def test_wrong_signs_are_refused(body: dict[str, Any]) -> None:
    chats = Chats()
    assert chats.post("signs", body, somebody()[1]).status_code == 422
    assert chats.events() == []
