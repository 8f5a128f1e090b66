"""Sending through pywa to a stand-in for the Graph API: what goes out, and what each answer becomes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from services.notifier.channels.whatsapp_cloud import graph as graph_module
from services.notifier.channels.whatsapp_cloud.send import WhatsAppCloudSender
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.domain.content import Content, Template
from services.notifier.domain.delivery import Recipient
from services.notifier.domain.outcome import Outcome, Refused, Sent
from tests.notifier.building import CHANNEL, a_delivery
from tests.notifier.graph import Answer, FakeGraph, error
from tests.notifier.tools import tools


def sender_for(url: str) -> WhatsAppCloudSender:
    return WhatsAppCloudSender(
        WhatsAppCloudSettings(CHANNEL, "1098", "secret-token", url, waba_id="2041"), tools()
    )


@pytest.fixture
def sender(graph: FakeGraph) -> Iterator[WhatsAppCloudSender]:
    channel = sender_for(graph.url)
    yield channel
    channel.close()


def test_a_text_goes_out_with_link_preview_and_our_id_as_tracker(
    sender: WhatsAppCloudSender, graph: FakeGraph
) -> None:
    assert sender.send(a_delivery("s9")) == Sent("wamid.1")
    [asked] = graph.asked
    assert (asked.path, asked.token) == ("/graph/v26.0/1098/messages", "Bearer secret-token")
    assert asked.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": "text",
        "to": "393351032246",
        "text": {"body": "text of s9", "preview_url": True},
        "biz_opaque_callback_data": "s9",
    }


def test_a_template_goes_out_with_its_components_untouched_in_any_language(
    sender: WhatsAppCloudSender, graph: FakeGraph
) -> None:
    components = [
        {"type": "header", "parameters": [{"type": "image", "image": {"id": "77"}}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "name", "text": "Zoë"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "x"}]},
    ]
    sender.send(
        a_delivery(content=Content("template", template=Template("hello", "be_BY", tuple(components))))
    )
    assert graph.asked[0].body["template"] == {
        "name": "hello",
        "language": {"code": "be_BY"},
        "components": components,
    }


def test_a_quoted_message_is_named(sender: WhatsAppCloudSender, graph: FakeGraph) -> None:
    sender.send(a_delivery(reply_to="wamid.of-the-customer"))
    assert graph.asked[0].body["context"] == {"message_id": "wamid.of-the-customer"}


@pytest.mark.parametrize(
    ("kind", "address", "to", "recipient"),
    [
        ("whatsapp", "393351032246", "393351032246", None),
        ("bsuid", "IT.13491208655302741918", None, "IT.13491208655302741918"),
        ("whatsapp", "IT.1A2bC3", None, "IT.1A2bC3"),
        ("whatsapp", "US.ENT.11815799212886844830", None, "US.ENT.11815799212886844830"),
    ],
)
def test_a_customer_is_reached_by_phone_number_or_by_user_id(
    sender: WhatsAppCloudSender,
    graph: FakeGraph,
    kind: str,
    address: str,
    to: str | None,
    recipient: str | None,
) -> None:
    sender.send(a_delivery(recipient=Recipient(kind, address)))
    body = graph.asked[0].body
    assert (body.get("to"), body.get("recipient")) == (to, recipient)
    assert body["recipient_type"] == "individual"


def summary(answer: Outcome) -> str:
    if isinstance(answer, Sent):
        return "sent"
    if isinstance(answer, Refused):
        return f"refused {answer.failure.code}"
    flags = [
        name
        for name, on in (
            ("unknown", answer.unknown_outcome),
            ("channel", answer.whole_channel),
            ("operator", answer.needs_operator),
        )
        if on
    ]
    return " ".join(["later", answer.reason.code, *flags])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error(130429, 429), "later 130429 channel"),
        (Answer(429, b"slow down"), "later 429 channel"),
        (Answer(503, b"<html>unavailable</html>"), "later 503 channel"),
        (error(131056), "later 131056"),
        (error(131000, 500), "later 131000"),
        (Answer(502, b"<html>" + b"x" * 5000), "later 502"),
        (Answer(504, b"<html>"), "later 504 unknown"),
        (error(190, 401), "later 190 channel operator"),
        (error(131047), "refused window-closed"),
        (error(132001, 404), "refused 132001"),
        (error(424242), "refused 424242"),
        # What pywa cannot build its error from
        (Answer(400, b'{"error": {"message": "no code"}}'), "refused 400"),
        (Answer(500, b'{"error": {"code": "many", "message": "not a number"}}'), "later 500"),
        (Answer(429, b'{"error": {"code": 130429}}'), "later 429 channel"),
        # Taken, perhaps
        (Answer(200, b"not JSON"), "later unreadable-answer unknown"),
        (Answer(200, b"{}"), "later unreadable-answer unknown"),
        (Answer(200, b'{"messages": []}'), "later unreadable-answer unknown"),
        (Answer(200, b'{"messages": [{"id": 7}]}'), "later unreadable-answer unknown"),
        (Answer(200, b"[]"), "later unreadable-answer unknown"),
        (Answer(302, b"", {"Location": "http://127.0.0.1:1/"}), "refused 302"),
        (Answer(cut=True), "later no-answer unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_answer_becomes_a_value_of_ours(
    sender: WhatsAppCloudSender, graph: FakeGraph, answer: Answer, expected: str
) -> None:
    graph.script = [answer]
    assert summary(sender.send(a_delivery())) == expected


def test_no_answer_in_time_is_an_unknown_outcome(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "TIMEOUT", httpx.Timeout(0.2))
    graph.script = [Answer(hang=0.6)]
    channel = sender_for(graph.url)
    assert summary(channel.send(a_delivery())) == "later no-answer unknown"
    channel.close()


def test_the_token_is_in_no_representation() -> None:
    settings = WhatsAppCloudSettings(CHANNEL, "1098", "secret-token")
    assert "secret-token" not in repr(settings)
