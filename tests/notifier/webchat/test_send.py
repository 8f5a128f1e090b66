"""An answer becomes a line of the chat: whose it is, what it holds, and that it may be sent twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.notifier.channels.webchat.send import WebchatSender
from services.notifier.channels.webchat.settings import WebchatSettings
from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    FormField,
    Interactive,
    Location,
    Section,
)
from services.notifier.domain.delivery import Delivery, Failure, Recipient
from services.notifier.domain.outcome import Refused, Sent, TryLater
from services.notifier.domain.presence import READ, TYPING, Presence
from services.notifier.domain.template import TemplateSubmission
from shared.contracts import chat_signalled, reply_parts
from shared.contracts.chat_posted import AGENT, DESK, MESSAGE, ChatAuthor
from shared.contracts.chat_signalled import ChatSignalled
from shared.messaging.message import Unavailable
from tests.notifier.building import NOW, a_delivery
from tests.notifier.tools import a_file, tools
from tests.notifier.webchat.lines import LineTaker

CHANNEL = "webchat-main"
VISITOR = "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1"


@pytest.fixture
def taker() -> LineTaker:
    return LineTaker()


@pytest.fixture
def sender(taker: LineTaker) -> WebchatSender:
    return WebchatSender(WebchatSettings(CHANNEL), tools(publish=taker.publish))


def an_answer(send_id: str = "s1", **changes: Any) -> Delivery:
    given = {"author": "Anna Rossi", "author_picture": "blob-of-anna"} | changes
    return a_delivery(
        send_id,
        channel_id=CHANNEL,
        channel_kind="webchat",
        recipient=Recipient("webchat", VISITOR, "Giulia"),
        **given,
    )


def test_an_answer_is_a_line_with_its_author_under_its_own_id(
    sender: WebchatSender, taker: LineTaker
) -> None:
    asked = an_answer()
    assert sender.send(asked) == Sent(f"{VISITOR}.s1")
    (line,) = taker.lines
    assert (line.line_id, line.channel_id, line.visitor_id) == ("s1", CHANNEL, VISITOR)
    assert (line.kind, line.text, line.at) == (MESSAGE, "text of s1", asked.queued_at)
    assert line.author == ChatAuthor(AGENT, "Anna Rossi", "blob-of-anna")
    event = taker.asked[0].event
    assert (event.traceparent, event.causationid) == (asked.traceparent, asked.causation_id)


def test_what_the_desk_says_by_itself_is_the_desks(sender: WebchatSender, taker: LineTaker) -> None:
    sender.send(an_answer(author="", author_picture=""))
    assert taker.lines[0].author == ChatAuthor(DESK)


def test_sent_twice_it_is_the_same_line(sender: WebchatSender, taker: LineTaker) -> None:
    asked = an_answer()
    sender.send(asked)
    sender.send(asked)
    first, second = taker.lines
    assert first == second
    assert taker.asked[0].event.id != taker.asked[1].event.id


def test_while_the_broker_is_away_the_chat_waits_for_seconds_and_counts_no_try(
    sender: WebchatSender, taker: LineTaker
) -> None:
    taker.away = True
    answer = sender.send(an_answer())
    assert isinstance(answer, TryLater)
    assert answer.whole_channel
    assert not answer.unknown_outcome
    assert not answer.needs_operator
    assert answer.after_seconds <= answer.longest_seconds <= 5
    assert sender.explain(answer.reason).remedy


def test_text_and_files_are_one_line(sender: WebchatSender, taker: LineTaker) -> None:
    files = tuple(a_file(name=f"{number}.jpg") for number in range(3))
    (whole,) = sender.parts(Content("media", "Here they are", files=files))  # type: ignore[misc]
    sender.send(an_answer(content=whole))
    (line,) = taker.lines
    assert line.text == "Here they are"
    assert [(file.blob_id, file.filename, file.kind, file.size) for file in line.files] == [
        (file.blob_id, file.filename, file.kind, file.size) for file in files
    ]


INTERACTIVES = [
    (
        Interactive("buttons", "Head", "Foot", buttons=(Choice("y", "Yes"), Choice("n", "No", "not now"))),
        reply_parts.Interactive(
            "buttons",
            "Head",
            "Foot",
            buttons=[reply_parts.Choice("y", "Yes"), reply_parts.Choice("n", "No", "not now")],
        ),
    ),
    (
        Interactive("list", button="Choose", sections=(Section("Days", (Choice("m", "Monday"),)),)),
        reply_parts.Interactive(
            "list",
            button="Choose",
            sections=[reply_parts.Section("Days", [reply_parts.Choice("m", "Monday")])],
        ),
    ),
    (
        Interactive("cta_url", button="Pay", url="https://pay.example/1"),
        reply_parts.Interactive("cta_url", button="Pay", url="https://pay.example/1"),
    ),
    (
        Interactive(
            "form",
            button="Send",
            form_fields=(
                FormField("size", "Size", "choice", required=True, choices=("S", "M")),
                FormField("why", "Why", "long_text"),
            ),
        ),
        reply_parts.Interactive(
            "form",
            button="Send",
            form_fields=[
                reply_parts.FormField("size", "Size", "choice", True, ["S", "M"]),
                reply_parts.FormField("why", "Why", "long_text"),
            ],
        ),
    ),
]


@pytest.mark.parametrize(("given", "shown"), INTERACTIVES, ids=lambda case: getattr(case, "kind", ""))
def test_choices_and_forms_come_as_they_were_made(
    sender: WebchatSender, taker: LineTaker, given: Interactive, shown: reply_parts.Interactive
) -> None:
    (whole,) = sender.parts(Content("interactive", "Please choose", interactive=given))  # type: ignore[misc]
    sender.send(an_answer(content=whole))
    assert (taker.lines[0].text, taker.lines[0].interactive) == ("Please choose", shown)


def test_a_place_and_cards_are_told_in_words(sender: WebchatSender, taker: LineTaker) -> None:
    place = Content("location", location=Location(43.77, 11.25, "Shop", "Via Roma 1"))
    cards = (ContactCard("Anna", ("+39 055 1",), ("anna@a.example",), "Sportello"), ContactCard("Bea"))
    sender.send(an_answer(content=place))
    sender.send(an_answer("s2", content=Content("contacts", contacts=cards)))
    told, people = (line.text for line in taker.lines)
    assert told.splitlines()[0] == "Shop, Via Roma 1"
    assert "mlat=43.77&mlon=11.25" in told.splitlines()[1]
    assert people == "Anna\nSportello\n+39 055 1\nanna@a.example\n\nBea"


def test_a_quoted_line_is_named_by_its_own_id_whosever_it_is(taker: LineTaker) -> None:
    ours = {f"{VISITOR}.s1": "s1"}
    sender = WebchatSender(WebchatSettings(CHANNEL), tools(publish=taker.publish, ours=ours))
    sender.send(an_answer("s2", reply_to=f"{VISITOR}.s1"))
    sender.send(an_answer("s3", reply_to=f"{VISITOR}.3f2504e0-4f89"))
    assert [line.reply_to for line in taker.lines] == ["s1", f"{VISITOR}.3f2504e0-4f89"]


def test_while_quotes_cannot_be_looked_up_the_answer_waits(taker: LineTaker) -> None:
    def away(channel_id: str, provider_message_id: str) -> str | None:
        raise Unavailable("primary stepped down")

    sender = WebchatSender(WebchatSettings(CHANNEL), replace(tools(publish=taker.publish), sent_as=away))
    answer = sender.send(an_answer(reply_to=f"{VISITOR}.s1"))
    assert isinstance(answer, TryLater)
    assert not answer.unknown_outcome
    assert taker.lines == []


@pytest.mark.parametrize("sign", [READ, TYPING])
def test_signs_of_presence_reach_the_visitor(sender: WebchatSender, taker: LineTaker, sign: str) -> None:
    line_id = f"{VISITOR}.3f2504e0-4f89"
    sender.show(Presence("c1", CHANNEL, Recipient("webchat", VISITOR), line_id, sign, NOW, "Anna Rossi"))
    (taken,) = taker.asked
    assert taken.event.type == chat_signalled.TYPE
    assert taken.event.data == ChatSignalled(CHANNEL, VISITOR, sign, line_id, NOW, "Anna Rossi")


def test_a_sign_is_dropped_while_the_broker_is_away(sender: WebchatSender, taker: LineTaker) -> None:
    taker.away = True
    sender.show(Presence("c1", CHANNEL, Recipient("webchat", VISITOR), "x", TYPING, NOW))
    assert taker.asked == []


def test_it_has_no_templates(sender: WebchatSender) -> None:
    submission = TemplateSubmission("r1", CHANNEL, "webchat", "hello", "it", "UTILITY", (), NOW)
    assert list(sender.templates()) == []
    assert isinstance(sender.create_template(submission), Refused)


def test_a_failure_has_words_for_people(sender: WebchatSender) -> None:
    assert sender.explain(Failure("1", "x")).remedy
    told = Failure("1", "t", remedy="ours")
    assert sender.explain(told) == told
