"""Every kind of content becomes Twilio's request, or a refusal that an agent understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from services.notifier.channels.whatsapp_twilio import limits
from services.notifier.channels.whatsapp_twilio.message import vcards
from services.notifier.channels.whatsapp_twilio.send import WhatsAppTwilioSender
from services.notifier.channels.whatsapp_twilio.settings import (
    WhatsAppTwilioSettings,
    WhatsAppTwilioSettingsSchema,
)
from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    Interactive,
    Location,
    Reaction,
    Section,
    Template,
)
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, Sent
from services.notifier.domain.template import TemplateRecord, TemplateSubmission
from services.notifier.ports import ChannelTrouble
from tests.notifier.building import NOW, a_delivery
from tests.notifier.graph import Answer, Asked, FakeTwilio, fake_graph
from tests.notifier.tools import TEMPLATES, a_file, tools
from tests.support.memory_blobs import MemoryBlobStore

SID = "AC" + "0" * 32
SETTINGS = WhatsAppTwilioSettings(
    "whatsapp-twilio", SID, "auth-token", "+390550000002", "https://desk.example/"
)
MESSAGES = f"/graph/2010-04-01/Accounts/{SID}/Messages.json"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with fake_graph(FakeTwilio) as running:
        yield running


def sender_for(
    twilio: FakeTwilio, blobs: MemoryBlobStore | None = None, **options: Any
) -> WhatsAppTwilioSender:
    settings = WhatsAppTwilioSettings(
        SETTINGS.id, SID, "auth-token", SETTINGS.number, SETTINGS.public_url, twilio_url=twilio.url
    )
    return WhatsAppTwilioSender(settings, tools(blobs, **options))


@pytest.fixture
def sender(twilio: FakeTwilio) -> Iterator[WhatsAppTwilioSender]:
    channel = sender_for(twilio)
    yield channel
    channel.close()


def asked_of(twilio: FakeTwilio) -> dict[str, Any]:
    """The only request, without what all have in common."""
    [asked] = twilio.asked
    assert asked.path == MESSAGES
    assert asked.body["From"] == "whatsapp:+390550000002"
    assert asked.body["To"] == "whatsapp:+393351032246"
    return {name: value for name, value in asked.body.items() if name not in ("From", "To", "StatusCallback")}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (Content("text", "Hello"), {"Body": "Hello"}),
        (
            Content("media", "look", files=(a_file(),)),
            {"Body": "look", "MediaUrl": "https://desk.example/files/blob-a-jpg/a.jpg"},
        ),
        (
            Content("location", location=Location(43.77, 11.25, "Desk", "Via Roma 1")),
            {"Body": "Desk, Via Roma 1", "PersistentAction": "geo:43.77,11.25|Desk, Via Roma 1"},
        ),
        (
            Content("location", location=Location(43.77, 11.25)),
            {"Body": "43.77, 11.25", "PersistentAction": "geo:43.77,11.25"},
        ),
        (
            Content("template", template=Template("please_answer", "it")),
            {"ContentSid": TEMPLATES["please_answer", "it"]},
        ),
        (
            Content(
                "template",
                template=Template(
                    "ticket_update",
                    "it",
                    (
                        {"type": "body", "parameters": [{"type": "text", "text": "Ann"}]},
                        {
                            "type": "button",
                            "parameters": [{"type": "text", "parameter_name": "code", "text": "77"}],
                        },
                        {
                            "type": "header",
                            "parameters": [{"type": "image", "image": {"attachment_id": "id-a.jpg"}}],
                        },
                    ),
                ),
                files=(a_file(),),
            ),
            {
                "ContentSid": TEMPLATES["ticket_update", "it"],
                "ContentVariables": json.dumps(
                    {"1": "https://desk.example/files/blob-a-jpg/a.jpg", "2": "Ann", "code": "77"}
                ),
            },
        ),
    ],
)
def test_content_becomes_twilios_parameters(
    sender: WhatsAppTwilioSender, twilio: FakeTwilio, content: Content, expected: dict[str, str]
) -> None:
    answer = sender.send(a_delivery(content=content))
    assert isinstance(answer, Sent)
    assert answer.provider_message_id.startswith("SM")
    assert asked_of(twilio) == expected


def test_our_send_id_travels_in_the_status_callback(sender: WhatsAppTwilioSender, twilio: FakeTwilio) -> None:
    sender.send(a_delivery("opening:7~1.0&x"))
    [asked] = twilio.asked
    callback = "https://desk.example/webhooks/twilio/status?send_id=opening%3A7~1.0%26x"
    assert asked.body["StatusCallback"] == callback
    assert asked.token.startswith("Basic ")


@pytest.mark.parametrize(
    ("interactive", "types"),
    [
        (
            Interactive("buttons", "Privacy", "art. 13", buttons=(Choice("y", "Yes"),)),
            {
                "twilio/quick-reply": {
                    "body": "Privacy\n\nMay we?\n\nart. 13",
                    "actions": [{"title": "Yes", "id": "y"}],
                }
            },
        ),
        (
            Interactive("list", button="Open", sections=(Section("", (Choice("a", "A", "first"),)),)),
            {
                "twilio/list-picker": {
                    "body": "May we?",
                    "button": "Open",
                    "items": [{"item": "A", "id": "a", "description": "first"}],
                }
            },
        ),
        (
            Interactive("cta_url", button="Look", url="https://x.example"),
            {
                "twilio/call-to-action": {
                    "body": "May we?",
                    "actions": [{"type": "URL", "title": "Look", "url": "https://x.example"}],
                }
            },
        ),
    ],
)
def test_choices_are_made_a_content_once_and_sent_by_its_id(
    sender: WhatsAppTwilioSender, twilio: FakeTwilio, interactive: Interactive, types: dict[str, Any]
) -> None:
    content = Content("interactive", "May we?", interactive=interactive)
    assert limits.parts(content) == [content]
    for number in range(2):
        assert isinstance(sender.send(a_delivery(f"s{number}", content=content)), Sent)
    created, *sent = twilio.asked
    assert created.path == "/graph/v1/Content"
    assert created.body["types"] == types
    assert [asked.body["ContentSid"] for asked in sent] == [f"HX{1:032d}"] * 2


def test_cards_go_out_as_a_vcard_from_our_own_store(twilio: FakeTwilio) -> None:
    blobs = MemoryBlobStore()
    sender = sender_for(twilio, blobs)
    cards = (ContactCard("Rossi; Anna\r\nX-EVIL:1", ("+39055",), ("a@x.example",), "A, B"),)
    assert isinstance(sender.send(a_delivery(content=Content("contacts", contacts=cards))), Sent)
    url = twilio.asked[0].body["MediaUrl"]
    with blobs.open(url.split("/")[-2]) as (blob, pieces):
        text = b"".join(pieces).decode()
    assert blob.mime_type == "text/vcard"
    assert text == vcards(cards).decode()
    assert "FN:Rossi\\; Anna\\nX-EVIL:1\r\n" in text
    assert "TEL;TYPE=CELL:+39055\r\nEMAIL:a@x.example\r\nORG:A\\, B\r\nEND:VCARD\r\n" in text
    sender.close()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (Content("template", template=Template("nobody_knows", "it")), "unknown-template"),
        (
            Content(
                "template",
                template=Template(
                    "please_answer", "it", ({"type": "body", "parameters": [{"type": "text"}]},)
                ),
            ),
            "template-parameters",
        ),
        (Content("hologram"), "unsupported-content"),
    ],
)
def test_what_cannot_be_prepared_is_refused_without_a_request(
    sender: WhatsAppTwilioSender, twilio: FakeTwilio, content: Content, code: str
) -> None:
    answer = sender.send(a_delivery(content=content))
    assert isinstance(answer, Refused)
    assert answer.failure.code == code
    assert twilio.asked == []


def test_without_a_public_address_files_are_refused_with_the_remedy(twilio: FakeTwilio) -> None:
    sender = sender_for(twilio, links=False)
    answer = sender.send(a_delivery(content=Content("media", files=(a_file(),))))
    assert isinstance(answer, Refused)
    assert "public_url" in answer.failure.remedy
    sender.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Content("reaction", reaction=Reaction("SM1", "👍")), "cannot send reactions"),
        (Content("media", files=(a_file(size=17 * 1_048_576),)), "16 MB"),
        (Content("interactive", "?", interactive=Interactive("buttons")), "one to three buttons"),
        (Content("interactive", " ", interactive=Interactive("buttons")), "is missing"),
        (Content("text", ""), "nothing to send"),
        (
            Content(
                "interactive", "?", interactive=Interactive("cta_url", button="x", url="file:///etc/passwd")
            ),
            "http",
        ),
    ],
)
def test_what_twilio_would_refuse_is_refused_before_with_words_for_an_agent(
    content: Content, words: str
) -> None:
    failure = limits.parts(content)
    assert isinstance(failure, Failure)
    assert words in failure.title


def test_texts_are_cut_at_twilios_own_limit() -> None:
    parts = limits.parts(Content("text", "word " * 1000))
    assert isinstance(parts, list)
    assert [len(part.text) <= 1600 for part in parts] == [True] * 4


def _message(sid: str, body: str, seconds: float, status: str = "sent") -> dict[str, Any]:
    at = format_datetime(NOW + timedelta(seconds=seconds))
    return {"sid": sid, "body": body, "status": status, "date_created": at}


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([_message("SM1", "text of s1", 1)], Sent("SM1")),
        ([_message("SM1", "another", 1), _message("SM2", "text of s1", 1)], Sent("SM2")),
        ([_message("SM1", "text of s1", -60)], None),
        ([_message("SM1", "text of s1", 1, "failed")], None),
        ([], None),
    ],
)
def test_a_lost_answer_is_looked_up_before_sending_again(
    sender: WhatsAppTwilioSender, twilio: FakeTwilio, messages: list[dict[str, Any]], found: Sent | None
) -> None:
    twilio.script = [Answer(body=json.dumps({"messages": messages}).encode())]
    assert sender.find(a_delivery("s1", tried_at=NOW)) == found
    assert "To=whatsapp%3A%2B393351032246" in twilio.asked[0].path


def test_a_look_up_that_fails_is_asked_again_later(sender: WhatsAppTwilioSender, twilio: FakeTwilio) -> None:
    twilio.script = [Answer(500, b"<html>")]
    with pytest.raises(ChannelTrouble):
        sender.find(a_delivery("s1", tried_at=NOW))


def _content(name: str, **more: Any) -> dict[str, Any]:
    return {
        "sid": f"HX{name}",
        "friendly_name": name,
        "language": "it",
        "types": {"twilio/text": {"body": "Hello {{1}}"}},
        "approval_requests": {"status": "approved", "name": f"{name}_wa", "category": "UTILITY"},
    } | more


def test_templates_of_all_pages_in_the_shape_of_the_others(
    sender: WhatsAppTwilioSender, twilio: FakeTwilio
) -> None:
    def page(asked: Asked) -> Answer:
        first = "Page=1" not in asked.path
        following = "https://content.twilio.com/v1/ContentAndApprovals?PageSize=50&Page=1" if first else None
        contents = (
            [_content("a"), _content("sportello_reply_1")]
            if first
            else [
                _content(
                    "b",
                    language="be_BY",
                    types={
                        "whatsapp/card": {
                            "body": "B",
                            "header_text": "H",
                            "footer": "F",
                            "actions": [{"type": "URL", "title": "T", "url": "https://x"}],
                        }
                    },
                    approval_requests={"status": "teleported", "rejection_reason": "why"},
                ),
                _content("c", types=None, approval_requests=None),
            ]
        )
        meta = {"key": "contents", "next_page_url": following, "page": 0, "page_size": 50}
        return Answer(body=json.dumps({"contents": contents, "meta": meta}).encode())

    twilio.rule = page
    assert list(sender.templates()) == [
        TemplateRecord(
            "HXa", "a_wa", "it", "UTILITY", "approved", ({"type": "BODY", "text": "Hello {{1}}"},)
        ),
        TemplateRecord(
            "HXb",
            "b",
            "be_BY",
            "",
            "unknown",
            (
                {"type": "HEADER", "format": "TEXT", "text": "H"},
                {"type": "BODY", "text": "B"},
                {"type": "FOOTER", "text": "F"},
                {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "T", "url": "https://x"}]},
            ),
            reason="why",
        ),
        TemplateRecord("HXc", "c", "it", "", "disabled", ()),
    ]


def test_a_template_is_created_and_its_approval_asked_for(
    sender: WhatsAppTwilioSender, twilio: FakeTwilio
) -> None:
    body = {"type": "BODY", "text": "Hi {{1}}", "example": {"body_text": [["Ann"]]}}
    buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]}
    submission = TemplateSubmission(
        "r1", "whatsapp-twilio", "whatsapp_twilio", "news", "it", "UTILITY", (body, buttons), NOW
    )
    record = sender.create_template(submission)
    assert isinstance(record, TemplateRecord)
    assert (record.template_id, record.status) == (f"HX{1:032d}", "pending")
    created, approval = twilio.asked
    assert created.body == {
        "friendly_name": "news",
        "language": "it",
        "variables": {"1": "Ann"},
        "types": {
            "twilio/quick-reply": {
                "body": "Hi {{1}}",
                "actions": [{"type": "QUICK_REPLY", "title": "Yes", "id": "Yes"}],
            }
        },
    }
    assert approval.path == f"/graph/v1/Content/{record.template_id}/ApprovalRequests/whatsapp"
    assert approval.body["name"] == "news"


def test_settings_say_what_is_wrong_with_each_field() -> None:
    wrong = {
        "id": "t", "account_sid": "AC1", "auth_token": "a b", "number": "055", "public_url": "desk",
        "messaging_service_sid": "x", "messages_per_second": 0,
    }  # fmt: skip
    assert set(WhatsAppTwilioSettingsSchema().validate(wrong)) == set(wrong) - {"id"}
    assert "auth-token" not in repr(SETTINGS)
