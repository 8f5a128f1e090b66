"""What every kind of channel owes the notifier when it sends: the same cases for each of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from services.notifier.channels import REGISTRY
from services.notifier.channels.webchat.send import WebchatSender
from services.notifier.channels.webchat.settings import WebchatSettings
from services.notifier.channels.whatsapp_cloud.send import WhatsAppCloudSender
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.channels.whatsapp_twilio.send import WhatsAppTwilioSender
from services.notifier.channels.whatsapp_twilio.settings import WhatsAppTwilioSettings
from services.notifier.domain.content import Content, FormField, Interactive
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.ports import ChannelSender
from tests.notifier.building import CHANNEL, a_delivery
from tests.notifier.graph import Answer, FakeGraph, FakeTwilio, fake_graph
from tests.notifier.tools import tools
from tests.notifier.webchat.lines import LineTaker

SECRET = "the-secret-of-this-channel"


@dataclass(frozen=True)
class Case:
    """One kind: its stand-in, its sender, and its provider's words for what all of them say."""

    kind: str
    fake: type[FakeGraph]
    throttled: bytes
    token_invalid: bytes
    window_closed: bytes
    not_reachable: bytes
    unknown_code: bytes
    tracker: str

    def sender(self, url: str) -> ChannelSender:
        """A sender that talks to this address."""
        if self.kind == "whatsapp_cloud":
            return WhatsAppCloudSender(WhatsAppCloudSettings(CHANNEL, "1098", SECRET, url), tools())
        settings = WhatsAppTwilioSettings(
            CHANNEL, "AC" + "0" * 32, SECRET, "+390550000002", "https://desk.example", twilio_url=url
        )
        return WhatsAppTwilioSender(settings, tools())


def _meta(code: int) -> bytes:
    return b'{"error": {"code": %d, "message": "words of Meta"}}' % code


def _twilio(code: int) -> bytes:
    return b'{"code": %d, "message": "words of Twilio", "status": 400}' % code


CASES = (
    Case(
        "whatsapp_cloud", FakeGraph, _meta(130429), _meta(190), _meta(131047), _meta(131026), _meta(424242),
        "biz_opaque_callback_data",
    ),
    Case(
        "whatsapp_twilio", FakeTwilio, _twilio(63018), _twilio(20003), _twilio(63016), _twilio(63003),
        _twilio(424242), "StatusCallback",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Ours:
    """A kind that no provider stands behind: what is sent goes to another service of ours."""

    kind: str = "webchat"
    tracker: str = "line_id"

    def sender(self, taker: LineTaker) -> ChannelSender:
        """A sender whose lines are taken here."""
        return WebchatSender(WebchatSettings(CHANNEL), tools(publish=taker.publish))


@dataclass(frozen=True)
class Running:
    """A sender of a kind with what takes its messages."""

    sender: ChannelSender
    provider: FakeGraph | LineTaker
    tracker: str


@pytest.fixture(params=(*CASES, Ours()), ids=lambda case: case.kind)
def every(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Each kind that can send, whoever stands behind it."""
    found: Case | Ours = request.param
    if isinstance(found, Ours):
        taker = LineTaker()
        yield Running(found.sender(taker), taker, found.tracker)
        return
    with fake_graph(found.fake) as running:
        channel = found.sender(running.url)
        yield Running(channel, running, found.tracker)
        channel.close()


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def provider(case: Case) -> Iterator[FakeGraph]:
    with fake_graph(case.fake) as running:
        yield running


@pytest.fixture
def sender(case: Case, provider: FakeGraph) -> Iterator[ChannelSender]:
    channel = case.sender(provider.url)
    yield channel
    channel.close()


def test_every_kind_is_tried_here() -> None:
    assert {case.kind for case in CASES} | {Ours.kind} == set(REGISTRY)


def test_success_gives_the_providers_id_and_makes_one_call(every: Running) -> None:
    answer = every.sender.send(a_delivery())
    assert isinstance(answer, Sent)
    assert answer.provider_message_id
    assert len(every.provider.asked) == 1


def test_our_id_travels_with_the_message(every: Running) -> None:
    every.sender.send(a_delivery("send-77"))
    assert "send-77" in every.provider.asked[0].body[every.tracker]


def _summary(answer: Outcome) -> tuple[str, bool, bool, bool]:
    if isinstance(answer, TryLater):
        return "later", answer.unknown_outcome, answer.whole_channel, answer.needs_operator
    return ("refused" if isinstance(answer, Refused) else "sent"), False, False, False


LATER, UNKNOWN, PAUSED, STOPPED, REFUSED = (
    ("later", False, False, False),
    ("later", True, False, False),
    ("later", False, True, False),
    ("later", False, True, True),
    ("refused", False, False, False),
)


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (429, "throttled", PAUSED),
        (429, b"slow down", PAUSED),
        (503, b"<html>", PAUSED),
        (500, b"<html>", LATER),
        (502, b"\xff" * 5_000, LATER),
        (504, b"", UNKNOWN),
        (401, "token_invalid", STOPPED),
        (400, "window_closed", REFUSED),
        (400, "not_reachable", REFUSED),
        (400, "unknown_code", REFUSED),
        (400, b"{}", REFUSED),
        (200, b"not JSON", UNKNOWN),
        (200, b"{}", UNKNOWN),
        (200, b"[]", UNKNOWN),
        (302, b"", REFUSED),
    ],
)
def test_answers_mean_the_same_for_every_kind(
    case: Case,
    sender: ChannelSender,
    provider: FakeGraph,
    status: int,
    words: str | bytes,
    expected: tuple[str, bool, bool, bool],
) -> None:
    body = words if isinstance(words, bytes) else getattr(case, words)
    provider.script = [Answer(status, body, {"Location": "http://127.0.0.1:1/"} if status == 302 else {})]
    answer = sender.send(a_delivery())
    assert _summary(answer) == expected
    assert len(provider.asked) == 1
    reason = answer.failure if isinstance(answer, Refused) else answer.reason  # type: ignore[union-attr]
    assert reason.title
    assert reason.remedy or expected in (UNKNOWN, LATER)
    assert (reason.code == "window-closed") == (words == "window_closed")


def test_a_cut_connection_leaves_the_outcome_unknown(sender: ChannelSender, provider: FakeGraph) -> None:
    provider.script = [Answer(cut=True)]
    assert _summary(sender.send(a_delivery())) == UNKNOWN


def test_a_connection_that_never_stood_is_simply_tried_again(case: Case) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = case.sender(f"http://127.0.0.1:{unused.getsockname()[1]}")
        answer = channel.send(a_delivery(tries=2))
        channel.close()
    assert _summary(answer) == LATER
    assert isinstance(answer, TryLater)
    assert answer.after_seconds == 45


def test_the_providers_wish_when_to_come_again_is_heard(
    case: Case, sender: ChannelSender, provider: FakeGraph
) -> None:
    provider.script = [Answer(429, case.throttled, {"Retry-After": "77"})]
    answer = sender.send(a_delivery())
    assert isinstance(answer, TryLater)
    assert answer.after_seconds == 77


def test_one_sender_serves_many_threads(every: Running) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: every.sender.send(a_delivery(f"s{number}")), range(60)))
    assert len({answer.provider_message_id for answer in answers if isinstance(answer, Sent)}) == 60
    assert len({asked.body[every.tracker] for asked in every.provider.asked}) == 60


def test_a_failure_reported_later_gets_words_for_people(case: Case, sender: ChannelSender) -> None:
    code = {"whatsapp_cloud": "131047", "whatsapp_twilio": "63016"}[case.kind]
    explained = sender.explain(Failure(code, "refused"))
    assert "template" in explained.remedy
    assert (explained.code, explained.detail) == ("window-closed", code)
    for odd in ("", "abc", "-1", "9" * 50):
        assert sender.explain(Failure(odd, "refused")).remedy
    told = Failure("1", "t", remedy="ours")
    assert sender.explain(told) == told


def test_no_secret_is_in_logs_or_answers(case: Case, sender: ChannelSender, provider: FakeGraph) -> None:
    provider.script = [
        Answer(401, case.token_invalid),
        Answer(500, b"x"),
        Answer(200, b"x"),
        Answer(cut=True),
    ]
    with capture_logs() as logs:
        answers = [sender.send(a_delivery()) for _ in range(4)]
    assert SECRET not in repr(logs) + repr(answers)


def test_empty_and_unheard_of_content_is_refused_before_anything_is_asked(every: Running) -> None:
    for content in (Content("text", " \n "), Content("hologram")):
        failure = every.sender.parts(content)
        assert isinstance(failure, Failure)
        assert failure.title
    assert every.provider.asked == []


def test_a_form_that_cannot_be_shown_is_refused_in_words(sender: ChannelSender) -> None:
    form = Interactive("form", button="Send", form_fields=(FormField("name", "Your name"),))
    failure = sender.parts(Content("interactive", "Who are you?", interactive=form))
    assert isinstance(failure, Failure)
    assert "form" in failure.title
