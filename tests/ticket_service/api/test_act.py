"""What people do on tickets, decided in memory: status moves, windows, facts, numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ticket_service.act import internal, replies, tickets
from services.ticket_service.act.composing import Said
from services.ticket_service.act.internal import NoteText
from services.ticket_service.act.loading import Done
from services.ticket_service.act.replies import Then
from services.ticket_service.acting import Desk, Frame, NotFound, TemplateRequired, TooBusy
from services.ticket_service.apply import apply_messages
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.ports import Conflict, IdempotencyRecord
from shared.contracts.catalogue import decode
from shared.contracts.envelope import new_traceparent, trace_id
from shared.runtime.ids import new_id
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.api.rig import Clock, inbound

NOON = datetime(2025, 2, 27, 12, 0, 0, tzinfo=UTC)
PHONE = "+393351032246"
ANNA = Actor(AGENT, "anna", "Anna Rossi")
TRACE = new_traceparent()


def _frame(before_try: Callable[[], None] = lambda: None) -> Frame:
    return Frame(ANNA, TRACE, before_try)


def _nothing(done: Any) -> None:
    return None


def _unsynced(channel_id: str) -> bool:
    return False


class _Case:
    """One desk with one ticket, TT1."""

    def __init__(self, preset: str = "S000", window: int | None = 86_400, **store: Any) -> None:
        self.clock = Clock(NOON)
        self.store = MemoryDeskStore(preset, **store)
        self.window = window
        self.desk = Desk(self.store, self.clock, new_id)
        self.hear()

    def hear(self, at: datetime | None = None) -> None:
        event = inbound("Buongiorno", PHONE, at=at or self.clock.now, window=self.window)
        apply_messages([event], self.desk, {})

    def reply(self, status: str | None = None, **said: Any) -> Done:
        said = said or {"text": "Eccomi"}
        return replies.reply(self.desk, "TT1", Said(**said), Then(status), _unsynced, _frame(), _nothing)

    def status(self) -> str:
        loaded = self.store.load_ticket("TT1")
        assert loaded is not None
        return loaded.ticket.status

    def events(self) -> list[Any]:
        return [decode(bytes(entry["body"])) for entry in self.store.collections["outbox"].values()]


@pytest.mark.parametrize(
    ("preset", "after_reply", "after_customer"),
    [
        ("S000", "waiting_for_response", "customer_responded"),
        ("S001", "open", "open"),
        ("S002", "waiting_for_feedback", "unread"),
        ("S003", "pending", "open"),
        ("S004", "pending", "in_progress"),
    ],
)
def test_a_reply_hands_the_turn_to_the_customer_in_every_way_of_working(
    preset: str, after_reply: str, after_customer: str
) -> None:
    case = _Case(preset)
    case.reply()
    assert case.status() == after_reply
    case.hear()
    assert case.status() == after_customer


def test_a_reply_that_sets_a_status_goes_there_and_nowhere_else() -> None:
    case = _Case()
    case.reply("closed")
    assert case.status() == "closed"
    changed = [event.data for event in case.events() if event.type == "ticket.status_changed"]
    assert [(fact.previous_status.key, fact.status.key) for fact in changed] == [("open", "closed")]


def test_a_reply_to_a_closed_ticket_opens_it_for_the_next_message() -> None:
    case = _Case()
    case.reply("closed")
    case.reply()
    loaded = case.store.load_ticket("TT1")
    assert loaded is not None
    assert loaded.conversation is not None
    assert loaded.conversation.open_ticket_id == loaded.ticket.id


def test_the_facts_carry_the_requests_trace_and_what_listeners_need() -> None:
    case = _Case()
    message = case.reply().message
    assert message.trace_id == trace_id(TRACE)
    mine = {event.type: event for event in case.events() if event.traceparent == TRACE}
    assert set(mine) == {"reply.requested", "ticket.agent_replied", "ticket.status_changed"}
    fact = mine["ticket.agent_replied"].data
    assert (fact.ticket_number, fact.text, fact.status.key) == ("TT1", "Eccomi", "waiting_for_response")
    assert mine["reply.requested"].data.window_expires_at == NOON + timedelta(days=1)


@settings(max_examples=50)
@given(seconds=st.integers(0, 200_000), window=st.none() | st.integers(1, 100_000))
def test_a_text_goes_out_exactly_while_the_window_is_open(seconds: int, window: int | None) -> None:
    case = _Case(window=window)
    case.clock.forward(seconds=seconds)
    if window is None or seconds < window:
        assert case.reply().message.text == "Eccomi"
        return
    with pytest.raises(TemplateRequired) as refused:
        case.reply()
    assert refused.value.expired_at == NOON + timedelta(seconds=window)
    assert case.reply(template={"name": "a", "language": "it", "components": []}).message.kind == "template"


def test_the_window_runs_from_the_providers_time_not_from_ours() -> None:
    case = _Case()
    case.clock.forward(hours=23)
    case.hear(at=NOON - timedelta(hours=5))  # came 23 hours late and was written before the first
    case.clock.forward(hours=1)
    with pytest.raises(TemplateRequired):
        case.reply()


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["reply", "note", "customer", "close", "open"]), max_size=12))
def test_comments_are_numbered_without_gaps_and_one_ticket_is_counted_once(steps: list[str]) -> None:
    case = _Case()
    for step in steps:
        case.clock.forward(seconds=1)
        if step == "reply":
            case.reply()
        elif step == "note":
            internal.note(case.desk, "TT1", NoteText("Nota"), _frame(), _nothing)
        elif step == "customer":
            case.hear()
        else:
            wanted = {"status": "closed" if step == "close" else "open"}
            tickets.change_ticket(case.desk, "TT1", wanted, (), _frame(), lambda loaded, workflow: None)
    messages = case.store.collections["messages"].values()
    numbers = sorted(each["number"] for each in messages if each["number"] is not None)
    assert numbers == list(range(1, len(messages)))
    counts = {key: each["n"] for key, each in case.store.collections["counters"].items() if each["n"]}
    assert counts == {case.status(): 1}
    moves = [each for each in case.store.collections["history"].values() if each["what"] == "status"]
    trail = ["open", *(move["to"] for move in moves)]
    assert [move["from"] for move in moves] == trail[:-1]
    assert trail[-1] == case.status()


def test_what_collides_is_decided_again_on_what_is_there_now() -> None:
    collisions = iter([True, True])

    def collide() -> None:
        if next(collisions, False):
            raise Conflict("somebody was faster")

    case = _Case()
    case.store._before_save = collide
    tries: list[int] = []
    frame = _frame(lambda: tries.append(1))
    done = replies.reply(case.desk, "TT1", Said("Eccomi"), Then(), _unsynced, frame, _nothing)
    assert len(tries) == 3
    assert done.message.number == 1
    assert (
        len([each for each in case.store.collections["messages"].values() if each["direction"] == "out"]) == 1
    )


def test_who_always_collides_is_told_that_it_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ticket_service.conflicts.LONGEST_PAUSE_SECONDS", 0.0001)

    def collide() -> None:
        raise Conflict("somebody was faster")

    case = _Case()
    case.store._before_save = collide
    with pytest.raises(TooBusy):
        case.reply()
    assert case.status() == "open"


def test_the_record_of_the_answer_is_saved_with_the_reply_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.ticket_service.conflicts.LONGEST_PAUSE_SECONDS", 0.0001)
    case = _Case()

    def record(done: Done) -> IdempotencyRecord:
        return IdempotencyRecord("k", "f", 201, done.message.id, {}, NOON)

    def send() -> Done:
        return replies.reply(case.desk, "TT1", Said("Eccomi"), Then(), _unsynced, _frame(), record)

    done = send()
    assert case.store.collections["idempotency"]["k"]["body"] == done.message.id
    with pytest.raises(TooBusy):
        send()
    assert (
        len([each for each in case.store.collections["messages"].values() if each["direction"] == "out"]) == 1
    )


def test_a_ticket_that_does_not_exist_cannot_be_answered() -> None:
    case = _Case()
    with pytest.raises(NotFound):
        replies.reply(case.desk, "TT2", Said("Eccomi"), Then(), _unsynced, _frame(), _nothing)
