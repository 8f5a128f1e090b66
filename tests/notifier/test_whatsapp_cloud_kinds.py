"""Every kind of content becomes the Cloud API's message, or a refusal that an agent understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.notifier.channels.whatsapp_cloud import limits
from services.notifier.channels.whatsapp_cloud.send import WhatsAppCloudSender
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    File,
    Interactive,
    Location,
    Reaction,
    Section,
    Template,
)
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, Sent, TryLater
from tests.notifier.building import CHANNEL, a_delivery
from tests.notifier.graph import Answer, FakeGraph, error
from tests.notifier.tools import a_file, stored, tools
from tests.support.memory_blobs import MemoryBlobStore

YES_NO = Interactive("buttons", "Privacy", "art. 13", buttons=(Choice("y", "Yes"), Choice("n", "No")))
MENU = Interactive(
    "list",
    button="Choose",
    sections=(Section("Days", (Choice("mo", "Monday", "morning"), Choice("tu", "Tue"))),),
)


@pytest.fixture
def blobs() -> MemoryBlobStore:
    return MemoryBlobStore()


@pytest.fixture
def sender(graph: FakeGraph, blobs: MemoryBlobStore) -> Iterator[WhatsAppCloudSender]:
    channel = WhatsAppCloudSender(WhatsAppCloudSettings(CHANNEL, "1098", "token", graph.url), tools(blobs))
    yield channel
    channel.close()


@pytest.mark.parametrize(
    ("content", "message_type", "expected"),
    [
        (
            Content("location", location=Location(43.77, 11.25, "Desk", "Via Roma 1")),
            "location",
            {"latitude": 43.77, "longitude": 11.25, "name": "Desk", "address": "Via Roma 1"},
        ),
        (
            Content("location", location=Location(43.77, 11.25)),
            "location",
            {"latitude": 43.77, "longitude": 11.25},
        ),
        (
            Content("contacts", contacts=(ContactCard("Anna", ("+39055",), ("a@x.example",), "Sportello"),)),
            "contacts",
            [
                {
                    "name": {"formatted_name": "Anna", "first_name": "Anna"},
                    "phones": [{"phone": "+39055", "type": "CELL"}],
                    "emails": [{"email": "a@x.example", "type": "WORK"}],
                    "org": {"company": "Sportello"},
                }
            ],
        ),
        (
            Content("reaction", reaction=Reaction("wamid.7", "👍")),
            "reaction",
            {"message_id": "wamid.7", "emoji": "👍"},
        ),
        (
            Content("reaction", reaction=Reaction("wamid.7")),
            "reaction",
            {"message_id": "wamid.7", "emoji": ""},
        ),
        (
            Content("interactive", "May we?", interactive=YES_NO),
            "interactive",
            {
                "type": "button",
                "header": {"type": "text", "text": "Privacy"},
                "body": {"text": "May we?"},
                "footer": {"text": "art. 13"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                        {"type": "reply", "reply": {"id": "n", "title": "No"}},
                    ]
                },
            },
        ),
        (
            Content("interactive", "When?", interactive=MENU),
            "interactive",
            {
                "type": "list",
                "body": {"text": "When?"},
                "action": {
                    "button": "Choose",
                    "sections": [
                        {
                            "title": "Days",
                            "rows": [
                                {"id": "mo", "title": "Monday", "description": "morning"},
                                {"id": "tu", "title": "Tue"},
                            ],
                        }
                    ],
                },
            },
        ),
        (
            Content(
                "interactive",
                "Look",
                interactive=Interactive("cta_url", button="Open", url="https://x.example"),
            ),
            "interactive",
            {
                "type": "cta_url",
                "body": {"text": "Look"},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Open", "url": "https://x.example"},
                },
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_content_becomes_the_documented_message(
    sender: WhatsAppCloudSender, graph: FakeGraph, content: Content, message_type: str, expected: Any
) -> None:
    assert limits.parts(content) == [content]
    assert sender.send(a_delivery(content=content)) == Sent("wamid.1")
    [asked] = graph.asked
    assert asked.body["type"] == message_type
    assert asked.body[message_type] == expected


@pytest.mark.parametrize(
    ("file", "text", "message_type", "expected"),
    [
        (a_file(), "look", "image", {"id": "media-1", "caption": "look"}),
        (a_file("voice", "audio/ogg; codecs=opus"), "", "audio", {"id": "media-1", "voice": True}),
        (a_file("audio", "audio/mpeg"), "", "audio", {"id": "media-1"}),
        (
            a_file("document", "application/pdf", name="offer.pdf"),
            "here",
            "document",
            {"id": "media-1", "caption": "here", "filename": "offer.pdf"},
        ),
        (a_file("sticker", "image/webp"), "", "sticker", {"id": "media-1"}),
        (a_file("video", "video/mp4"), "", "video", {"id": "media-1"}),
    ],
    ids=lambda value: value.kind if isinstance(value, File) else "",
)
def test_a_file_is_uploaded_and_sent_by_its_id(
    sender: WhatsAppCloudSender,
    graph: FakeGraph,
    blobs: MemoryBlobStore,
    file: File,
    text: str,
    message_type: str,
    expected: dict[str, Any],
) -> None:
    content = Content("media", text, files=(stored(blobs, file, b"the very bytes"),))
    assert sender.send(a_delivery("s1", content=content)) == Sent("wamid.2")
    upload, message = graph.asked
    assert upload.path == "/graph/v26.0/1098/media"
    assert b"the very bytes" in upload.raw
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in upload.raw
    assert message.body[message_type] == expected
    assert message.body["biz_opaque_callback_data"] == "s1"


def test_a_file_is_uploaded_once_for_many_messages(
    sender: WhatsAppCloudSender, graph: FakeGraph, blobs: MemoryBlobStore
) -> None:
    content = Content("media", files=(stored(blobs, a_file()),))
    assert [sender.send(a_delivery(f"s{n}", content=content)) for n in range(3)]
    assert [asked.path.rpartition("/")[2] for asked in graph.asked] == ["media", *["messages"] * 3]


def test_trouble_with_the_upload_is_never_an_unknown_outcome(
    sender: WhatsAppCloudSender, graph: FakeGraph, blobs: MemoryBlobStore
) -> None:
    delivery = a_delivery(content=Content("media", files=(stored(blobs, a_file()),)))
    for trouble in (Answer(cut=True), Answer(500, b"<html>"), Answer(200, b"nothing")):
        graph.script = [trouble]
        answer = sender.send(delivery)
        assert isinstance(answer, TryLater)
        assert not answer.unknown_outcome
    graph.script = [error(131053)]
    assert isinstance(sender.send(delivery), TryLater)
    assert not any(asked.path.endswith("messages") for asked in graph.asked)


def test_a_file_that_is_gone_is_refused_and_a_store_that_is_away_waited_for(
    sender: WhatsAppCloudSender, blobs: MemoryBlobStore
) -> None:
    delivery = a_delivery(content=Content("media", files=(a_file(),)))
    refused = sender.send(delivery)
    assert isinstance(refused, Refused)
    assert refused.failure.code == "file-missing"
    blobs.fail()
    waiting = sender.send(delivery)
    assert isinstance(waiting, TryLater)
    assert waiting.reason.code == "store-away"


def test_a_template_names_files_by_metas_id(
    sender: WhatsAppCloudSender, graph: FakeGraph, blobs: MemoryBlobStore
) -> None:
    image, pdf = a_file(), a_file("document", "application/pdf", name="offer.pdf")
    components: tuple[dict[str, Any], ...] = (
        {"type": "header", "parameters": [{"type": "image", "image": {"attachment_id": image.id}}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Ann"},
                {"type": "document", "document": {"attachment_id": pdf.id}},
                {"type": "image", "image": {"link": "https://x.example/a.png"}},
            ],
        },
        {"type": "button", "sub_type": "quick_reply", "index": "0"},
    )
    template = Template("news", "it", components)
    content = Content("template", template=template, files=(stored(blobs, image), stored(blobs, pdf)))
    assert isinstance(sender.send(a_delivery(content=content)), Sent)
    sent = graph.asked[-1].body["template"]["components"]
    assert sent[0]["parameters"] == [{"type": "image", "image": {"id": "media-1"}}]
    assert sent[1]["parameters"] == [
        {"type": "text", "text": "Ann"},
        {"type": "document", "document": {"id": "media-2", "filename": "offer.pdf"}},
        {"type": "image", "image": {"link": "https://x.example/a.png"}},
    ]
    assert sent[2] == components[2]
    assert "attachment_id" not in json.dumps(sent)


def _choices(count: int, title: str = "Choice {n}") -> tuple[Choice, ...]:
    return tuple(Choice(f"id{n}", title.format(n=n)) for n in range(count))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Content("text", "  "), "nothing to send"),
        (Content("hologram"), "hologram"),
        (Content("interactive", "?", interactive=Interactive("buttons")), "one to three buttons"),
        (
            Content("interactive", "?", interactive=Interactive("buttons", buttons=_choices(4))),
            "one to three buttons",
        ),
        (
            Content("interactive", "?", interactive=Interactive("buttons", buttons=_choices(1, "x" * 21))),
            "more than 20 characters",
        ),
        (
            Content("interactive", "?", interactive=Interactive("buttons", buttons=_choices(2, "same"))),
            "Two buttons are the same",
        ),
        (Content("interactive", "x" * 1025, interactive=YES_NO), "more than 1024 characters"),
        (Content("interactive", "", interactive=YES_NO), "is missing"),
        (
            Content(
                "interactive",
                "?",
                interactive=Interactive("list", button="b", sections=(Section("s", _choices(11)),)),
            ),
            "one to ten rows",
        ),
        (
            Content(
                "interactive",
                "?",
                interactive=Interactive(
                    "list", button="b", sections=(Section("", _choices(1)), Section("t", _choices(1)))
                ),
            ),
            "title of a section is missing",
        ),
        (
            Content("interactive", "?", interactive=Interactive("cta_url", button="b", url="javascript:x")),
            "http",
        ),
        (
            Content("media", files=(a_file("document", "application/zip", size=101 * 1_048_576, name="z"),)),
            "100 MB",
        ),
        (Content("contacts"), "no contact"),
        (Content("reaction"), "to which message"),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_before_with_words_for_an_agent(
    content: Content, words: str
) -> None:
    failure = limits.parts(content)
    assert isinstance(failure, Failure)
    assert words in failure.title


def test_a_long_text_leaves_in_order_in_pieces_that_fit() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 200 for n in range(12))
    parts = limits.parts(Content("text", text))
    assert isinstance(parts, list)
    assert len(parts) > 2
    assert all(len(part.text) <= 4096 for part in parts)
    assert " ".join(" ".join(part.text for part in parts).split()) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        ("hi", (a_file(),), [("media", "hi", "image")]),
        ("hi", (a_file(), a_file(name="b.jpg")), [("media", "hi", "image"), ("media", "", "image")]),
        ("", (a_file(), a_file("audio", "audio/mpeg")), [("media", "", "image"), ("media", "", "audio")]),
        ("hi", (a_file("voice", "audio/ogg"),), [("text", "hi", None), ("media", "", "voice")]),
        ("x" * 1025, (a_file(),), [("text", "x" * 1025, None), ("media", "", "image")]),
        # What WhatsApp does not take as what it is goes as a document.
        ("", (a_file("image", "image/heic"),), [("media", "", "document")]),
        ("", (a_file("image", size=6 * 1_048_576),), [("media", "", "document")]),
        ("", (a_file("video", "video/quicktime"),), [("media", "", "document")]),
        ("", (a_file("voice", "audio/mpeg"),), [("media", "", "audio")]),
    ],
)
def test_files_leave_one_by_one_with_the_text_where_it_belongs(
    text: str, files: tuple[File, ...], expected: list[tuple[str, str, str | None]]
) -> None:
    parts = limits.parts(Content("media", text, files=files))
    assert isinstance(parts, list)
    assert [(part.kind, part.text, part.file and part.file.kind) for part in parts] == expected
