"""Templates: read, submitted and reported; each change is told once, and nothing new to us breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.announce import Teller
from services.notifier.domain import template as words
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.template import TemplateRecord, TemplateSubmission, status_of
from services.notifier.domain.template_changes import TemplateReport
from services.notifier.ports import ChannelTrouble
from services.notifier.template_sync import EngineSettings, TemplateEngine
from services.notifier.template_wishes import TemplateKeeper
from shared.contracts import template_changed
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.template_changed import TemplateChanged
from shared.runtime.stop import Stop
from tests.notifier.building import CHANNEL, KIND, NOW, Clock, ScriptedSender, a_record, counter
from tests.support.memory_template_store import MemoryTemplateStore
from tests.support.waiting import wait_until

AWAY = ChannelTrouble(TryLater(20, Failure("2", "Service unavailable", remedy="Wait.")))
SUBMISSION = TemplateSubmission(
    "request-1", CHANNEL, KIND, "hello", "it", "UTILITY", ({"type": "BODY", "text": "Ciao"},), NOW
)
REFUSED = Refused(Failure("100", "Invalid parameter", remedy="Change it."))


class Desk:
    """A keeper and an engine over one store, and what the desk is told."""

    def __init__(self, *listed: TemplateRecord) -> None:
        self.store, self.clock, self.sender = MemoryTemplateStore(), Clock(), ScriptedSender()
        self.sender.listed = list(listed)
        self.stop = Stop()
        teller = Teller(self.clock, counter("event"))
        self.keeper = TemplateKeeper(self.store, {CHANNEL: KIND}, teller, self.clock)
        every = EngineSettings({CHANNEL: KIND}, timedelta(seconds=900))
        self.engine = TemplateEngine(self.store, {CHANNEL: self.sender}, every, teller, self.stop, self.clock)

    def work(self, after: float = 0.0) -> int:
        """Let time pass and do what is due then; how much that was."""
        self.clock.advance(after)
        turns = 0
        while self.engine.turn():
            turns += 1
        return turns

    def read(self, *listed: TemplateRecord) -> None:
        """Have the list read, as it is now at the provider."""
        self.sender.listed = list(listed)
        self.clock.advance(1)
        self.keeper.take([CHANNEL])
        self.work()

    def told(self) -> list[TemplateChanged]:
        return [event.data for event in self.store.events() if isinstance(event.data, TemplateChanged)]

    def health(self) -> list[str]:
        told = [event.data for event in self.store.events() if isinstance(event.data, ChannelReported)]
        assert {one.aspect for one in told} <= {"templates"}
        return [one.level for one in told]


def facts(changes: Sequence[TemplateChanged]) -> list[tuple[str, str, int]]:
    return [(change.name, change.status, change.revision) for change in changes]


def test_the_words_for_a_status_are_those_of_the_contract() -> None:
    assert words.STATUSES == template_changed.STATUSES


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("APPROVED", "approved"),
        ("In_Appeal", "in_appeal"),
        ("PENDING_DELETION", "removed"),
        ("received", "pending"),
        ("FLAGGED", "approved"),
        ("invented tomorrow", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_providers_word_for_a_status_is_understood_or_unknown(word: str, status: str) -> None:
    assert status_of(word) == status


def test_all_templates_are_read_at_the_start_and_told_once() -> None:
    desk = Desk(a_record("hello"), a_record("bye", status="rejected", reason="TAG"))
    desk.engine.ask_for_all()
    assert desk.work() == 1
    assert facts(desk.told()) == [("hello", "approved", 1), ("bye", "rejected", 1)]
    assert desk.work(899) == 0
    assert desk.work(2) == 1
    assert len(desk.told()) == 2


def test_only_what_changed_is_told_with_a_higher_revision() -> None:
    desk = Desk()
    desk.read(a_record("hello"), a_record("bye"))
    desk.read(a_record("hello", status="paused", quality="RED"), a_record("bye"))
    assert facts(desk.told())[2:] == [("hello", "paused", 2)]
    assert desk.told()[-1].quality == "RED"


def test_a_template_that_vanished_is_removed_and_may_come_back() -> None:
    desk = Desk()
    desk.read(a_record("hello"))
    desk.read()
    desk.read()
    desk.read(a_record("hello"))
    assert facts(desk.told()) == [("hello", "approved", 1), ("hello", "removed", 2), ("hello", "approved", 3)]


def test_the_same_name_in_two_languages_is_two_templates() -> None:
    desk = Desk()
    desk.read(a_record("hello", "it"), a_record("hello", "tlh_QS"))
    assert [(change.language, change.status) for change in desk.told()] == [
        ("it", "approved"),
        ("tlh_QS", "approved"),
    ]


def test_of_two_with_one_name_and_language_the_approved_one_counts_in_any_order() -> None:
    twins = (
        a_record("hello", template_id="a", status="rejected"),
        a_record("hello", template_id="b"),
        a_record("hello", template_id="c"),
    )
    for listed in (twins, twins[::-1]):
        desk = Desk()
        desk.read(*listed)
        desk.read(*listed)
        [change] = desk.told()
        assert change.status == "approved"


def test_what_is_new_to_us_in_a_template_does_not_break_the_reading() -> None:
    desk = Desk()
    odd: Any = ({"type": "BODY", "text": "x"}, "no component", *({"type": "CARD", "n": n} for n in range(40)))
    desk.read(
        a_record("odd", "xx-unheard-of", status="VERY_NEW", components=odd, parameter_format="MAGIC"),
        a_record("", "it"),
        a_record("x" * 600, "it"),
        a_record("long", "it", reason="r" * 9_000, category="c" * 99, quality="q" * 99),
    )
    assert [(change.name, change.status) for change in desk.told()] == [
        ("odd", "unknown"),
        ("long", "approved"),
    ]
    assert len(desk.told()[0].components) == 20


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3), st.text(max_size=12)), max_size=8))
def test_whatever_a_provider_lists_is_read(listed: list[tuple[str, str, str]]) -> None:
    desk = Desk()
    desk.read(*(a_record(name, language, status=status) for name, language, status in listed))
    keys = {(name, language) for name, language, _ in listed if name and language}
    assert {(change.name, change.language) for change in desk.told()} == keys


@pytest.mark.parametrize("trouble", [AWAY, RuntimeError("a bug")])
def test_trouble_with_the_provider_is_reported_once_and_the_reading_tried_again(
    trouble: ChannelTrouble | Exception,
) -> None:
    desk = Desk()
    desk.read(a_record("hello"))
    desk.sender.listed = trouble
    desk.keeper.take([CHANNEL])
    assert desk.work() == 1
    assert desk.work(10) == 0
    assert desk.work(15) == 1
    assert desk.work(25) == 0  # longer each time
    assert desk.work(10) == 1
    assert desk.health() == ["warning"]
    assert len(desk.told()) == 1  # those known are kept
    desk.sender.listed = [a_record("hello"), a_record("new")]
    desk.work(100)
    assert desk.health() == ["warning", "ok"]
    assert facts(desk.told())[1:] == [("new", "approved", 1)]


def test_a_submitted_template_is_created_once_and_its_request_answered() -> None:
    desk = Desk()
    desk.sender.creating = [a_record("hello", status="pending", template_id="77")]
    for _ in range(2):
        desk.keeper.take([SUBMISSION])
        desk.work()
    assert desk.sender.created == [SUBMISSION]
    [change] = desk.told()
    assert (change.request_id, change.status, change.template_id) == ("request-1", "pending", "77")
    desk.read(a_record("hello", template_id="77"))
    assert desk.told()[-1].request_id == "request-1"
    assert facts(desk.told())[-1] == ("hello", "approved", 2)


def test_a_refused_submission_is_rejected_with_what_to_do_and_no_reading_removes_it() -> None:
    desk = Desk()
    desk.sender.creating = [REFUSED]
    desk.keeper.take([SUBMISSION])
    desk.work()
    [change] = desk.told()
    assert (change.status, change.template_id, change.components) == (
        "rejected",
        "",
        [{"type": "BODY", "text": "Ciao"}],
    )
    assert change.error is not None
    assert change.error.remedy == "Change it."
    desk.read()
    assert len(desk.told()) == 1


def test_a_refused_submission_leaves_the_template_that_has_its_name_as_it_is() -> None:
    desk = Desk()
    desk.read(a_record("hello"))
    desk.sender.creating = [REFUSED]
    desk.keeper.take([SUBMISSION])
    desk.work()
    change = desk.told()[-1]
    assert (change.status, change.revision, change.request_id) == ("approved", 2, "request-1")
    assert change.error is not None


def test_a_submission_put_off_is_tried_again_after_a_look_whether_it_got_there() -> None:
    desk = Desk()
    desk.sender.creating = [AWAY.later]
    desk.keeper.take([SUBMISSION])
    desk.work()
    assert desk.told() == []
    desk.sender.listed = [a_record("hello", status="pending")]
    desk.work(21)
    assert len(desk.sender.created) == 1
    assert (desk.told()[0].status, desk.told()[0].request_id) == ("pending", "request-1")


def test_a_submission_put_off_that_did_not_get_there_is_submitted_again() -> None:
    desk = Desk(a_record("another"))
    desk.sender.creating = [AWAY.later, a_record("hello", status="pending")]
    desk.keeper.take([SUBMISSION])
    desk.work()
    desk.work(21)
    assert len(desk.sender.created) == 2
    assert desk.told()[0].status == "pending"


def test_a_submission_is_given_up_after_a_day() -> None:
    desk = Desk()
    desk.sender.creating = [AWAY.later] * 100
    desk.keeper.take([SUBMISSION])
    for _ in range(60):
        desk.work(3_600)
    [change] = desk.told()
    assert change.status == "rejected"
    assert change.error is not None
    assert change.error.code == "2"


def test_a_submission_for_a_channel_nobody_has_is_refused_at_once() -> None:
    desk = Desk()
    desk.keeper.take([replace(SUBMISSION, channel_id="gone"), "gone"])
    assert desk.work() == 0
    [change] = desk.told()
    assert change.error is not None
    assert (change.status, change.error.code) == ("rejected", "unknown-channel")


def a_report(change: str, value: str, **changes: Any) -> TemplateReport:
    reported = TemplateReport(CHANNEL, "id-hello-it", "hello", "it", change, value, "why")
    return replace(reported, **changes)


@pytest.mark.parametrize(
    ("change", "value", "field", "expected"),
    [
        ("status", "PAUSED", "status", "paused"),
        ("quality", "RED", "quality", "RED"),
        ("category", "MARKETING", "category", "MARKETING"),
    ],
)
def test_a_reported_change_is_told_at_once_and_the_list_read_soon_after(
    change: str, value: str, field: str, expected: str
) -> None:
    desk = Desk(a_record("hello"))
    desk.read(a_record("hello"))
    for _ in range(3):
        desk.keeper.take([a_report(change, value)])
    told = desk.told()[-1]
    assert (getattr(told, field), told.revision) == (expected, 2)
    assert desk.work() == 0
    desk.sender.listed = [a_record("hello", **{field: expected}, reason=told.reason)]
    assert desk.work(5) == 1
    assert len(desk.told()) == 2


@pytest.mark.parametrize(
    "reported",
    [
        a_report("status", "INVENTED_TOMORROW"),
        a_report("components", ""),
        a_report("status", "APPROVED", template_id="other", name="other"),
        a_report("status", "PAUSED", template_id="other"),
    ],
    ids=["new status", "components", "unknown template", "same name, another id"],
)
def test_a_report_we_can_make_nothing_of_has_the_list_read(reported: TemplateReport) -> None:
    desk = Desk()
    desk.read(a_record("hello"))
    desk.keeper.take([reported])
    assert len(desk.told()) == 1
    assert desk.work(5) == 1


def test_a_report_on_a_channel_nobody_has_is_nothing_to_us() -> None:
    desk = Desk()
    desk.keeper.take([a_report("status", "PAUSED", channel_id="gone")])
    assert desk.store.tasks() == {}


def test_what_is_reported_during_a_reading_is_newer_than_what_is_read() -> None:
    desk = Desk()
    desk.read(a_record("hello"))

    class Overtaken(ScriptedSender):
        def templates(self) -> Any:
            desk.clock.advance(1)
            desk.keeper.take([a_report("status", "PAUSED")])
            return iter([a_record("hello")])

    desk.engine._senders = {CHANNEL: Overtaken()}
    desk.keeper.take([CHANNEL])
    desk.clock.advance(1)
    desk.engine.turn()
    assert facts(desk.told()) == [("hello", "approved", 1), ("hello", "paused", 2)]
    assert desk.store.tasks()[f"read:{CHANNEL}"].due_at is not None
    assert desk.work(310) >= 1  # and it is read again


def test_the_engine_works_in_its_own_thread_until_it_is_stopped() -> None:
    desk = Desk(a_record("hello"))
    desk.engine.start()
    wait_until(desk.told)
    assert desk.engine.running()
    desk.stop.request()
    desk.engine.join()
    assert not desk.engine.running()
