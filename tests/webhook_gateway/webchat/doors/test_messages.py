"""What a visitor says, and the events that come of it: the message, its files, and the chat's line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from services.webhook_gateway.channels.webchat.verify import ANONYMOUS
from shared.contracts.attachment import attachment_id
from shared.contracts.routes import address
from shared.messaging.message import BrokerUnavailable, Outgoing
from tests.webhook_gateway.webchat.doors.rig import NOW, PNG, SHOP, Chats, said, somebody

PAGE = {"url": "https://shop.example/cart?a=1#top", "title": "Cart", "at": "2026-11-22T13:59:00Z"}


class Spool:
    """Takes everything."""

    def __init__(self, first: bool = False) -> None:
        self.first = first
        self.kept: list[Outgoing] = []

    def goes_first(self) -> bool:
        return self.first

    def append(self, messages: Sequence[Outgoing], arrived: int) -> None:
        self.kept += messages

    def refusal(self) -> str | None:
        return None

    def measure(self) -> None:
        pass


class Watching:
    """Notes what it was asked to publish at once; `up` or not."""

    def __init__(self, up: bool = True) -> None:
        self.up = up
        self.calls: list[Sequence[Outgoing]] = []

    def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
        self.calls.append(messages)
        if not self.up:
            raise BrokerUnavailable("no connection")

    def ready(self) -> bool:
        return self.up


def types(messages: Sequence[Outgoing]) -> list[str]:
    return [json.loads(each.body)["type"] for each in messages]


def test_a_message_is_told_to_the_desk_and_shown_in_the_chat() -> None:
    chats = Chats()
    visitor, token = somebody()
    answer = chats.post("messages", said(id="message-one", text="Buongiorno"), token)
    line = f"{visitor.id}.message-one"
    assert (answer.status_code, answer.json) == (202, {"id": line, "at": "2026-11-22T14:00:00Z"})
    received, posted = chats.events()
    assert received.id == received.data.dedupe_key == f"webchat:{SHOP.id}:{line}"
    assert received.data.contact_key == received.subject == f"{SHOP.id}:{visitor.id}"
    assert received.data.provider_message_id == posted.data.line_id == line
    assert (received.data.kind, received.data.text) == ("text", "Buongiorno")
    assert received.data.occurred_at == received.data.received_at == posted.data.at == NOW
    assert received.data.reply_window_seconds is None
    assert [each.key for each in received.data.sender.identities] == [f"webchat:{visitor.id}"]
    assert (posted.data.channel_id, posted.data.visitor_id) == (SHOP.id, visitor.id)
    assert (posted.data.kind, posted.data.author.kind, posted.data.text) == (
        "message",
        "visitor",
        "Buongiorno",
    )


def test_a_message_sent_again_makes_the_same_events() -> None:
    chats = Chats()
    token = somebody()[1]
    message = said()
    first, second = (chats.post("messages", message, token) for _ in range(2))
    assert first.json == second.json
    ids = [event.id for event in chats.events()]
    assert ids[:2] == ids[2:]


def test_two_visitors_with_the_same_message_id_are_two_messages() -> None:
    chats = Chats()
    message = said()
    for _ in range(2):
        chats.post("messages", message, somebody()[1])
    assert len({event.id for event in chats.events()}) == 4


def test_everything_of_a_message_goes_out_at_once_to_the_partition_of_its_visitor() -> None:
    publisher = Watching()
    chats = Chats(publisher=publisher)
    visitor, token = somebody()
    file = chats.upload(token).json
    chats.say(token, kind="files", files=[file])
    (call,) = publisher.calls
    assert types(call) == ["message.received", "media.stored", "chat.posted"]
    assert (call[0].exchange, call[0].routing_key) == address("message.received", visitor.contact_key)


def test_a_message_is_taken_while_the_broker_is_away() -> None:
    spool = Spool()
    assert Chats(publisher=Watching(up=False), spool=spool).say(somebody()[1]).status_code == 202
    assert types(spool.kept) == ["message.received", "chat.posted"]


def test_a_message_waits_its_turn_behind_what_waits_on_disk() -> None:
    spool, publisher = Spool(first=True), Watching()
    assert Chats(publisher=publisher, spool=spool).say(somebody()[1]).status_code == 202
    assert (len(spool.kept), publisher.calls) == (2, [])


def test_nothing_is_promised_when_there_is_no_home_for_it() -> None:
    chats = Chats(publisher=Watching(up=False))
    answer = chats.say(somebody()[1])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Access-Control-Allow-Origin"]


def test_a_message_is_taken_while_the_database_is_away() -> None:
    chats = Chats()
    chats.shelf.away = True
    chats.seconds += 100
    assert chats.say(somebody()[1]).status_code == 202


def test_what_the_visitor_gave_goes_along() -> None:
    chats = Chats()
    details = {
        "name": "Giulia Bianchi",
        "email": "giulia@bianchi.example",
        "phone": "+39 333 1234567",
        "answers": {"order": "4711"},
        "consents": ["privacy"],
    }
    visit = {"referrer": "https://search.example/?q=x", "pages": [PAGE], "campaign": {"source": "mail"}}
    chats.say(somebody()[1], details=details, visit=visit, language="it-IT", time_zone="Europe/Rome")
    received, posted = chats.events()
    told = received.data.visitor
    assert received.data.sender.name == posted.data.author.name == "Giulia Bianchi"
    assert (told.email, told.phone, told.verified) == ("giulia@bianchi.example", "+39 333 1234567", False)
    assert (told.answers, told.consents) == ({"order": "4711"}, ["privacy"])
    assert (told.language, told.time_zone) == ("it-IT", "Europe/Rome")
    assert (told.referrer, told.campaign) == ("https://search.example/?q=x", {"source": "mail"})
    (page,) = told.pages
    assert (page.url, page.title) == ("https://shop.example/cart?a=1", "Cart")
    assert page.at.isoformat() == "2026-11-22T13:59:00+00:00"
    assert {each.kind for each in received.data.sender.identities} == {"webchat"}


def test_pages_are_not_told_where_the_desk_has_not_asked_for_them() -> None:
    chats = Chats()
    chats.offer(page_context=False)
    token = somebody()[1]
    chats.say(
        token, visit={"referrer": "https://search.example/", "pages": [PAGE], "campaign": {"source": "m"}}
    )
    chats.post("signs", {"page": PAGE}, token)
    told = chats.events("message.received")[0].data.visitor
    assert (told.referrer, told.pages, told.campaign) == ("", [], {})
    assert chats.events("visitor.acted") == []


def test_of_many_pages_the_latest_twenty_are_told_and_none_from_the_future() -> None:
    chats = Chats()
    pages = [{"url": f"https://shop.example/{n}", "at": "2031-01-01T00:00:00Z"} for n in range(500)]
    chats.say(somebody()[1], visit={"pages": pages})
    told = chats.events("message.received")[0].data.visitor.pages
    assert [page.url.rpartition("/")[2] for page in told] == [str(n) for n in range(480, 500)]
    assert {page.at for page in told} == {NOW}


@pytest.mark.parametrize("kind", ["button_reply", "list_reply"])
def test_a_choice_answers_the_line_it_was_offered_in(kind: str) -> None:
    chats = Chats()
    visitor, token = somebody()
    chats.say(token, "", kind=kind, reply_to="send-1", choice={"id": "yes", "title": "Yes, please"})
    received, posted = chats.events()
    assert (received.data.kind, received.data.text) == (kind, "Yes, please")
    assert received.data.content == {"id": "yes", "title": "Yes, please"}
    assert received.data.reply_to == f"{visitor.id}.send-1"
    assert (posted.data.text, posted.data.reply_to) == ("Yes, please", "send-1")


def test_an_answer_to_anothers_line_names_no_line_of_theirs() -> None:
    chats = Chats()
    visitor, token = somebody()
    other = f"{ANONYMOUS}{'0' * 32}.message-1"
    chats.say(token, reply_to=other)
    assert chats.events("message.received")[0].data.reply_to == f"{visitor.id}.{other}"


def test_a_form_is_told_as_questions_and_answers() -> None:
    chats = Chats()
    form = {"answers": {"order": "4711", "when": "now"}, "labels": {"order": "Your order"}}
    chats.say(somebody()[1], "", kind="form", reply_to="send-1", **form)
    received, posted = chats.events()
    assert (received.data.kind, received.data.text) == ("flow_reply", "Your order: 4711\nwhen: now")
    assert received.data.content == {
        "answers": {"order": "4711", "when": "now"},
        "labels": {"order": "Your order", "when": "when"},
    }
    assert posted.data.text == received.data.text


def test_files_come_with_the_message_and_as_stored() -> None:
    chats = Chats()
    token = somebody()[1]
    pdf = chats.upload(token, b"%PDF-1.7 ...", "invoice.pdf", "application/pdf").json
    picture = chats.upload(token).json
    chats.say(token, "See these", kind="files", files=[picture, pdf])
    received, first, second, posted = chats.events()
    assert (received.data.kind, received.data.text) == ("image", "See these")
    key = received.data.dedupe_key
    ids = [attachment_id(key, 0), attachment_id(key, 1)]
    assert [file.id for file in received.data.attachments] == ids
    assert [event.data.file.id for event in (first, second)] == ids
    assert [event.data.message_id for event in (first, second)] == [key, key]
    assert posted.data.files == [first.data.file, second.data.file]
    assert (first.data.file.mime_type, first.data.file.size) == ("image/png", len(PNG))
    with chats.blobs.open(first.data.file.blob_id) as (blob, content):
        assert b"".join(content) == PNG
        assert blob.sha256 == first.data.file.sha256
    assert (second.data.file.kind, second.data.file.filename) == ("document", "invoice.pdf")


def test_files_without_words_have_words_for_the_desk_only() -> None:
    chats = Chats()
    token = somebody()[1]
    chats.say(token, "", kind="files", files=[chats.upload(token).json])
    assert chats.events("message.received")[0].data.text == "[image] a.png"
    assert chats.events("chat.posted")[0].data.text == ""


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": None}, "id"),
    ({"id": "short"}, "id"),
    ({"id": "a" * 65}, "id"),
    ({"id": "with.dot-1"}, "id"),
    ({"id": "with blank"}, "id"),
    ({"id": ["list-of-one"]}, "id"),
    ({"kind": "shout"}, "kind"),
    ({"kind": None}, "kind"),
    ({"text": ""}, "text"),
    ({"text": " \n\u200b".replace("\u200b", "\x00")}, "text"),
    ({"text": 7}, "text"),
    ({"text": {"deep": "er"}}, "text"),
    ({"text": "x" * 5_001}, "text"),
    ({"kind": "files"}, "files"),
    ({"kind": "files", "files": [{"token": "not mine"}]}, "files.0.token"),
    ({"kind": "files", "files": [{"token": "x"}] * 6}, "files"),
    ({"kind": "files", "files": "token"}, "files"),
    ({"kind": "button_reply"}, "choice"),
    ({"kind": "button_reply", "choice": {"id": "", "title": "x"}}, "choice.id"),
    ({"kind": "list_reply", "choice": {"id": "x", "title": "x" * 201}}, "choice.title"),
    ({"kind": "form"}, "answers"),
    ({"kind": "form", "answers": {"x": "y" * 5_001}}, "answers.x.value"),
    ({"kind": "form", "answers": {f"key-{n}": "x" for n in range(31)}}, "answers"),
    ({"kind": "form", "answers": {"": "x"}}, "answers.key"),
    ({"reply_to": "with blank"}, "reply_to"),
    ({"reply_to": "x" * 301}, "reply_to"),
    ({"visit": {"campaign": {"Source!": "x"}}}, "visit.campaign.Source!.key"),
    ({"visit": []}, "visit"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_taken(
    changes: dict[str, Any], field: str
) -> None:
    chats = Chats()
    answer = chats.post("messages", said(**changes), somebody()[1])
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"]
    errors = {error["field"]: error["problem"] for error in answer.json["errors"]}  # type: ignore[index]
    assert field in errors
    assert errors[field]
    assert chats.events() == []


GIVEN = {"name": "Giulia", "email": "g@b.example", "phone": "(555) 123-4567", "answers": {"order": "1"}}


@pytest.mark.parametrize(
    ("wrong", "left"),
    [
        ({}, {}),
        ({"email": "no address"}, {"email": ""}),
        ({"email": "a@b"}, {"email": ""}),
        ({"email": "a@b.example, c@d.example"}, {"email": ""}),
        ({"email": f"{'a' * 400}@b.example"}, {"email": ""}),
        ({"email": ["g@b.example"]}, {"email": ""}),
        ({"phone": "call me"}, {"phone": ""}),
        ({"answers": {"order": "1", "": "x"}}, {}),
        ({"answers": {"order": "1", "note": "y" * 5_001}}, {}),
        ({"answers": {f"key-{n}": "x" for n in range(31)}}, {"answers": {}}),
        ({"answers": ["1"]}, {"answers": {}}),
        ({"consents": [{"x": 1}, "privacy"]}, {"consents": ["privacy"]}),
    ],
)
def test_wrong_details_are_left_out_and_cost_no_message(wrong: dict[str, Any], left: dict[str, Any]) -> None:
    chats = Chats()
    assert chats.say(somebody()[1], details=GIVEN | wrong).status_code == 202
    (received,) = [event.data for event in chats.events("message.received")]
    told = {name: getattr(received.visitor, name) for name in ("email", "phone", "answers", "consents")}
    assert {"name": received.sender.name, **told} == GIVEN | {"consents": []} | left


@pytest.mark.parametrize("details", [[], "Giulia", 7, {"name": "x" * 201}, {"name": {"deep": "er"}}])
def test_details_that_are_none_cost_no_message(details: object) -> None:
    chats = Chats()
    assert chats.say(somebody()[1], details=details).status_code == 202
    (received,) = [event.data for event in chats.events("message.received")]
    assert received.sender.name == ""


def test_a_newer_widget_may_say_more() -> None:
    assert Chats().say(somebody()[1], mood={"very": ["good"]}).status_code == 202


def test_odd_browsers_lose_only_what_is_odd() -> None:
    chats = Chats()
    pages = [
        {"url": "javascript:alert(1)"},
        {"url": "https://shop.example/", "title": "x" * 900, "at": "soon"},
    ]
    answer = chats.say(
        somebody()[1],
        language="<script>",
        time_zone="../../etc",
        visit={"referrer": "about:blank", "pages": pages},
    )
    assert answer.status_code == 202
    told = chats.events("message.received")[0].data.visitor
    assert (told.language, told.time_zone, told.referrer) == ("", "", "")
    ((page),) = told.pages
    assert (page.url, len(page.title), page.at) == ("https://shop.example/", 300, NOW)
