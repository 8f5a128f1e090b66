"""Templates of the Cloud API: every page, every language, creation; and signs of presence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.notifier.channels.whatsapp_cloud.send import WhatsAppCloudSender
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.domain.delivery import Recipient
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.presence import READ, TYPING, Presence
from services.notifier.domain.template import TemplateRecord, TemplateSubmission
from services.notifier.ports import ChannelTrouble
from tests.notifier.building import CHANNEL, NOW
from tests.notifier.graph import Answer, Asked, FakeGraph, error
from tests.notifier.tools import tools

SETTINGS = WhatsAppCloudSettings(CHANNEL, "1098", "token", waba_id="2041")
BODY = {"type": "BODY", "text": "Hello {{1}}"}
SUBMISSION = TemplateSubmission("r1", CHANNEL, "whatsapp_cloud", "news", "it", "UTILITY", (BODY,), NOW)


@pytest.fixture
def sender(graph: FakeGraph) -> Iterator[WhatsAppCloudSender]:
    channel = WhatsAppCloudSender(replace(SETTINGS, graph_url=graph.url), tools())
    yield channel
    channel.close()


def page(*items: Any, after: str = "") -> Answer:
    paging = {"cursors": {"after": after}, "next": "https://elsewhere.example/"} if after else {}
    return Answer(body=json.dumps({"data": items, "paging": paging}).encode())


def template(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "name": name,
        "language": "it",
        "status": "APPROVED",
        "category": "UTILITY",
    } | more


def test_every_page_is_read_and_only_the_cursor_is_followed(
    sender: WhatsAppCloudSender, graph: FakeGraph
) -> None:
    graph.script = [page(template("a"), template("b"), after="c1"), page(template("c"), after="c2"), page()]
    assert [record.name for record in sender.templates()] == ["a", "b", "c"]
    assert [asked.path.partition("?")[0] for asked in graph.asked] == [
        "/graph/v26.0/2041/message_templates"
    ] * 3
    assert ["after=c1" in asked.path for asked in graph.asked] == [False, True, False]


def test_a_cursor_that_never_moves_ends_the_reading(sender: WhatsAppCloudSender, graph: FakeGraph) -> None:
    graph.rule = lambda asked: page(template("a"), after="same")
    assert len(list(sender.templates())) == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (template("a", language="be_BY"), {"language": "be_BY", "status": "approved"}),
        (template("a", status="TELEPORTED"), {"status": "unknown"}),
        (template("a", quality_score={"score": "YELLOW"}), {"quality": "YELLOW"}),
        (template("a", parameter_format="NAMED"), {"parameter_format": "named"}),
        (
            template("a", status="REJECTED", rejected_reason="TAG_CONTENT_MISMATCH"),
            {"reason": "TAG_CONTENT_MISMATCH"},
        ),
        (template("a", rejected_reason="NONE"), {"reason": ""}),
        (template("a", components=[BODY, "odd"]), {"components": (BODY,)}),
        (
            template("a", components="odd", status=7, quality_score=[1]),
            {"components": (), "status": "unknown"},
        ),
    ],
)
def test_whatever_a_template_looks_like_the_reading_goes_on(
    sender: WhatsAppCloudSender, graph: FakeGraph, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    graph.script = [page(given, {"name": 7}, None, template("last"))]
    first, last = sender.templates()
    assert {name: getattr(first, name) for name in expected} == expected
    assert last.name == "last"


@pytest.mark.parametrize(
    "trouble", [error(190, 401), error(4, 429), Answer(502, b"<html>"), Answer(cut=True), error(100)]
)
def test_trouble_is_told_apart_from_an_empty_account(
    sender: WhatsAppCloudSender, graph: FakeGraph, trouble: Answer
) -> None:
    graph.script = [page(template("a"), after="c1"), trouble]
    with pytest.raises(ChannelTrouble):
        list(sender.templates())


def test_without_an_account_there_are_no_templates_and_none_is_created(graph: FakeGraph) -> None:
    sender = WhatsAppCloudSender(replace(SETTINGS, graph_url=graph.url, waba_id=""), tools())
    assert list(sender.templates()) == []
    refused = sender.create_template(SUBMISSION)
    assert isinstance(refused, Refused)
    assert "waba_id" in refused.failure.remedy
    assert graph.asked == []
    sender.close()


def test_a_template_is_created_as_meta_documents(sender: WhatsAppCloudSender, graph: FakeGraph) -> None:
    graph.script = [Answer(body=b'{"id": "77", "status": "PENDING", "category": "MARKETING"}')]
    assert sender.create_template(SUBMISSION) == TemplateRecord(
        "77", "news", "it", "MARKETING", "pending", (BODY,)
    )
    assert graph.asked[0] == Asked(
        "/graph/v26.0/2041/message_templates",
        "Bearer token",
        {"name": "news", "language": "it", "category": "UTILITY", "components": [BODY]},
    )


def test_named_parameters_are_announced(sender: WhatsAppCloudSender, graph: FakeGraph) -> None:
    named = BODY | {"example": {"body_text_named_params": [{"param_name": "name", "example": "Ann"}]}}
    graph.script = [Answer(body=b'{"id": "77"}')]
    record = sender.create_template(replace(SUBMISSION, components=(named,)))
    assert isinstance(record, TemplateRecord)
    assert (record.parameter_format, record.status) == ("named", "pending")
    assert graph.asked[0].body["parameter_format"] == "NAMED"


@pytest.mark.parametrize(
    ("answer", "kind"), [(error(100), Refused), (error(2, 500), TryLater), (error(190, 401), TryLater)]
)
def test_a_template_meta_does_not_take(
    sender: WhatsAppCloudSender, graph: FakeGraph, answer: Answer, kind: type
) -> None:
    graph.script = [answer]
    assert isinstance(sender.create_template(SUBMISSION), kind)


@pytest.mark.parametrize(
    ("sign", "settings", "expected"),
    [
        (READ, {"read_receipts": True}, [{"status": "read"}]),
        (TYPING, {"typing_indicator": True}, [{"status": "read", "typing_indicator": {"type": "text"}}]),
        (READ, {"typing_indicator": True}, []),
        (TYPING, {"read_receipts": True}, []),
    ],
)
def test_presence_is_shown_only_where_the_channel_wants_it(
    graph: FakeGraph, sign: str, settings: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    sender = WhatsAppCloudSender(replace(SETTINGS, graph_url=graph.url, **settings), tools())
    graph.rule = lambda asked: Answer(500, b"never mind")
    sender.show(Presence("c1", CHANNEL, Recipient("whatsapp", "39333"), "wamid.in", sign, NOW))
    sender.close()
    bodies = [{"messaging_product": "whatsapp", "message_id": "wamid.in"} | body for body in expected]
    assert [asked.body for asked in graph.asked] == bodies
