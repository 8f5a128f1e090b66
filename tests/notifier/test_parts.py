"""Messages the provider takes only in parts: their order, their end as one, and sending the rest again."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.announce import Teller
from services.notifier.domain.content import Content
from services.notifier.domain.delivery import Delivery, Failure
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.notify import Notifier, OpeningReply
from services.notifier.status import StatusKeeper
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.envelope import Event
from shared.texts.liquid import TextTemplate
from tests.notifier.building import (
    CHANNEL,
    KIND,
    NOW,
    SECOND,
    Clock,
    ScriptedSender,
    a_deliverer,
    counter,
    reply_request,
    ticket_opened,
)
from tests.support.memory_delivery_store import MemoryDeliveryStore

BAD = Failure("131026", "Undeliverable")
UNSURE = TryLater(0, Failure("no-answer", "No answer"), unknown_outcome=True)


class Desk:
    """Asks for messages, sends what is due, reports, and reads what it is told."""

    def __init__(self, *script: Outcome | Exception, opening: str = "") -> None:
        self.store, self.clock, self.sender = MemoryDeliveryStore(), Clock(), ScriptedSender(*script)
        senders = {CHANNEL: self.sender}
        teller = Teller(self.clock, counter("event"))
        reply = OpeningReply(TextTemplate(opening)) if opening else None
        self.notifier = Notifier({CHANNEL: KIND}, senders, reply, teller, self.clock)
        self.keeper = StatusKeeper(senders, teller)
        self.deliverer = a_deliverer(self.store, senders, self.clock, counter("claim"))

    def ask(self, *events: Event) -> None:
        wanted = [one for event in events for one in self.notifier.wanted(event)]
        self.store.transact(lambda transaction: self.notifier.add(transaction, wanted))

    def ask_for(self, text: str, attempt: int = 0, **changes: Any) -> None:
        self.ask(reply_request("m", text, attempt=attempt, **changes))

    def turn(self) -> None:
        for head in self.store.due_heads(CHANNEL, self.clock(), 10):
            self.deliverer.attempt(head)

    def send_all(self) -> None:
        for _ in range(20):
            self.turn()

    def report(self, state: str, provider_id: str, after: float, failure: Failure | None = None) -> None:
        at = NOW + after * SECOND
        receipt = Receipt(ProviderKey(CHANNEL, provider_id), state, at, failure=failure)
        self.store.transact(lambda transaction: self.keeper.apply(transaction, [receipt]))

    def changes(self) -> list[DeliveryChanged]:
        return [event.data for event in self.store.events()]

    def last(self) -> DeliveryChanged:
        return self.changes()[-1]

    def error(self) -> tuple[str, str]:
        error = self.last().error
        assert error is not None
        return error.code, error.remedy


def test_a_message_in_parts_is_sent_in_order_and_told_as_one() -> None:
    desk = Desk()
    desk.ask_for("one\ntwo\nthree")
    desk.send_all()
    assert desk.sender.asked == ["m~0.0", "m~0.1", "m~0.2"]
    change = desk.last()
    # The desk learns each id at once (a customer may quote it), and "sent" when all of it is.
    assert [one.state for one in desk.changes()] == ["queued", "queued", "sent"]
    assert (change.send_id, change.state, change.attempt) == ("m", "sent", 0)
    assert change.provider_message_ids == ["wamid.m~0.0", "wamid.m~0.1", "wamid.m~0.2"]


def test_a_message_of_one_part_keeps_its_own_id() -> None:
    desk = Desk()
    desk.ask_for("one")
    desk.send_all()
    assert desk.sender.asked == ["m"]


def test_only_the_first_part_quotes() -> None:
    desk = Desk()
    desk.ask_for("one\ntwo", reply_to="wamid.customer")
    assert [one.reply_to for one in desk.store.deliveries()] == ["wamid.customer", None]


def test_other_messages_of_the_conversation_wait_for_all_parts() -> None:
    desk = Desk()
    desk.ask(reply_request("a", "1\n2"), reply_request("b", "3"))
    desk.send_all()
    assert desk.sender.asked == ["a~0.0", "a~0.1", "b"]


class Refusing(ScriptedSender):
    """Cannot send anything of the kind."""

    def parts(self, wanted: Content) -> list[Content] | Failure:
        return Failure("too-large", "The file is larger than WhatsApp takes", remedy="Send a link.")


def test_what_the_channel_cannot_send_fails_at_once_with_what_to_do() -> None:
    desk = Desk()
    desk.notifier._senders = {CHANNEL: Refusing()}
    desk.ask_for("anything")
    desk.send_all()
    assert desk.sender.asked == []
    assert desk.last().state == "failed"
    assert desk.error() == ("too-large", "Send a link.")


class Silent(ScriptedSender):
    """Finds nothing to send."""

    def parts(self, wanted: Content) -> list[Content] | Failure:
        return []


def test_nothing_to_send_is_a_failure_and_no_silence() -> None:
    desk = Desk()
    desk.notifier._senders = {CHANNEL: Silent()}
    desk.ask_for("anything")
    assert desk.last().state == "failed"


def test_a_refused_part_ends_the_later_ones_with_the_message() -> None:
    desk = Desk(Sent("w0"), Refused(BAD))
    desk.ask_for("one\ntwo\nthree\nfour")
    desk.send_all()
    assert desk.sender.asked == ["m~0.0", "m~0.1"]
    change = desk.last()
    assert change.state == "failed"
    assert change.error is not None
    assert change.error.code == "131026"
    failures = [one.failure and one.failure.code for one in desk.store.deliveries()]
    assert failures == [None, "131026", "earlier-part-failed", "earlier-part-failed"]


def test_a_receipt_that_fails_a_part_ends_those_that_still_wait() -> None:
    desk = Desk()
    desk.ask_for("one\ntwo")
    desk.turn()
    desk.report("failed", "wamid.m~0.0", 1, BAD)
    desk.send_all()
    assert desk.sender.asked == ["m~0.0"]
    assert desk.error()[0] == "131026"


def test_a_part_with_an_unknown_outcome_is_not_sent_again_behind_one_that_failed() -> None:
    desk = Desk(Sent("w0"), UNSURE)
    desk.ask_for("one\ntwo")
    desk.send_all()
    desk.report("failed", "w0", 1, BAD)
    desk.clock.advance(61)
    desk.send_all()
    assert desk.sender.asked == ["m~0.0", "m~0.1"]
    assert not any(one.open for one in desk.store.deliveries())


def test_a_resend_sends_only_what_the_customer_does_not_have() -> None:
    desk = Desk(Sent("w0"), Refused(BAD))
    desk.ask_for("one\ntwo\nthree")
    desk.send_all()
    desk.ask_for("one\ntwo\nthree", attempt=1)
    desk.send_all()
    assert desk.sender.asked == ["m~0.0", "m~0.1", "m~1.1", "m~1.2"]
    assert (desk.last().state, desk.last().attempt) == ("sent", 1)
    assert desk.last().provider_message_ids == ["w0", "wamid.m~1.1", "wamid.m~1.2"]
    assert [one.content.text for one in desk.store.deliveries()] == ["one", "two", "three", "two", "three"]


def test_a_resend_asked_twice_is_sent_once() -> None:
    desk = Desk(Refused(BAD))
    desk.ask_for("one")
    desk.send_all()
    for _ in range(2):
        desk.ask_for("one", attempt=1)
    desk.ask(*[reply_request("m", "one", attempt=1)] * 2)
    desk.send_all()
    assert desk.sender.asked == ["m", "m~1.0"]


def test_a_request_that_comes_again_after_it_failed_is_not_a_resend() -> None:
    desk = Desk(Sent("w0"), Refused(BAD))
    for _ in range(2):
        desk.ask_for("one\ntwo")
        desk.send_all()
    assert desk.sender.asked == ["m~0.0", "m~0.1"]


def test_a_resend_of_what_nobody_took_is_cut_up_anew_and_keeps_its_new_window() -> None:
    desk = Desk()
    desk.ask_for("one\ntwo", window_expires_at=NOW)
    desk.send_all()
    assert desk.error()[0] == "window-closed"
    desk.ask_for("all in one", attempt=1, window_expires_at=NOW + 60 * SECOND)
    desk.send_all()
    assert desk.sender.asked == ["m~1.0"]
    assert (desk.last().state, desk.last().attempt) == ("sent", 1)
    assert desk.last().error is None


def test_a_resend_of_what_the_customer_has_is_answered_with_how_it_stands() -> None:
    desk = Desk()
    desk.ask_for("one\ntwo")
    desk.send_all()
    desk.ask_for("one\ntwo", attempt=3)
    desk.send_all()
    assert desk.sender.asked == ["m~0.0", "m~0.1"]
    assert (desk.last().state, desk.last().attempt) == ("sent", 3)
    desk.report("delivered", "wamid.m~0.0", 5)
    desk.report("delivered", "wamid.m~0.1", 6)
    assert (desk.last().state, desk.last().attempt) == ("delivered", 3)


def test_a_receipt_for_an_attempt_that_was_replaced_changes_nothing_that_is_told() -> None:
    desk = Desk(Sent("w0"))
    desk.ask_for("one")
    desk.send_all()
    desk.report("failed", "w0", 1, BAD)
    desk.ask_for("one", attempt=1)
    desk.send_all()
    told = len(desk.changes())
    desk.report("delivered", "w0", 2)
    assert len(desk.changes()) == told
    assert desk.store.delivery("m").times.keys() == {"sent", "delivered", "failed"}


def test_an_opening_reply_in_parts_is_told_with_its_whole_text() -> None:
    desk = Desk(opening="Hello\nTicket {{ ticket.number }}")
    desk.ask(ticket_opened())
    desk.send_all()
    assert len(desk.sender.asked) == 2
    assert {change.text for change in desk.changes()} == {"Hello\nTicket TT24"}
    assert [change.state for change in desk.changes()] == ["queued", "queued", "sent"]


RECEIPTS = (("sent", 1.0), ("delivered", 2.0), ("read", 3.0), ("failed", 4.0))
PROVIDER_IDS = ("wamid.m~0.0", "wamid.m~0.1")


@pytest.mark.parametrize("first", list(itertools.permutations(RECEIPTS)), ids=lambda order: "-")
def test_every_order_of_the_receipts_of_two_parts_ends_alike(first: Sequence[tuple[str, float]]) -> None:
    ends = set()
    for second in itertools.permutations(RECEIPTS):
        desk = Desk()
        desk.ask_for("one\ntwo")
        desk.send_all()
        for one, two in zip(first, second, strict=True):
            for (state, after), provider_id in ((one, PROVIDER_IDS[0]), (two, PROVIDER_IDS[1])):
                desk.report(state, provider_id, after, BAD if state == "failed" else None)
        change = desk.last()
        ends.add((change.state, tuple(sorted(change.times.items())), change.error and change.error.code))
    times = {"sent": NOW, "delivered": NOW + 2 * SECOND, "read": NOW + 3 * SECOND, "failed": NOW + 4 * SECOND}
    assert ends == {("failed", tuple(sorted(times.items())), "131026")}


class EarlyReceipts(ScriptedSender):
    """The provider's receipts are faster than its answer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def send(self, delivery: Delivery) -> Outcome:
        for state, after in RECEIPTS[:3]:
            self._desk.report(state, f"wamid.{delivery.send_id}", after)
        return super().send(delivery)


def test_receipts_that_overtake_the_answer_are_applied_to_their_part() -> None:
    desk = Desk()
    desk.deliverer._senders = {CHANNEL: EarlyReceipts(desk)}
    desk.ask_for("one\ntwo")
    desk.turn()
    assert desk.last().state == "queued"  # the second part is still to go
    desk.turn()
    assert desk.last().state == "read"
    assert desk.last().times.keys() == {"sent", "delivered", "read"}


MOVES = st.lists(
    st.one_of(
        st.just(("send", 0)),
        st.just(("again", 0)),
        st.tuples(st.sampled_from(("delivered", "read", "failed")), st.integers(0, 11)),
    ),
    max_size=25,
)


@settings(max_examples=150)
@given(MOVES, st.lists(st.sampled_from(("sent", "refused", "later")), max_size=12))
def test_whatever_happens_no_part_is_taken_twice_and_the_last_word_is_true(
    moves: list[tuple[str, int]], answers: list[str]
) -> None:
    taken: list[tuple[int, str]] = []
    desk = Desk()

    class Provider(ScriptedSender):
        def send(self, delivery: Delivery) -> Outcome:
            answer = answers.pop(0) if answers else "sent"
            if answer == "refused":
                return Refused(BAD)
            if answer == "later":
                return TryLater(0, Failure("131000", "later"))
            assert not any(
                part == delivery.part and "failed" not in desk.store.delivery(send_id).times
                for part, send_id in taken
            )
            taken.append((delivery.part, delivery.send_id))
            return Sent(f"w.{delivery.send_id}")

    desk.deliverer._senders = {CHANNEL: Provider()}
    desk.ask_for("one\ntwo\nthree")
    attempt = 0
    for move, number in moves:
        if move == "send":
            desk.turn()
        elif move == "again":
            attempt += 1
            desk.ask_for("one\ntwo\nthree", attempt)
        elif taken:
            _, send_id = taken[number % len(taken)]
            desk.report(move, f"w.{send_id}", number, BAD if move == "failed" else None)
    for _ in range(12):
        desk.turn()
    told: dict[str, Any] = {}
    best = -1
    for change in desk.changes():  # as the desk merges: a later attempt replaces, the same one adds
        if change.attempt > best:
            best, told = change.attempt, dict(change.times)
        elif change.attempt == best:
            told = {
                state: min(at for at in (told.get(state), change.times.get(state)) if at is not None)
                for state in {**told, **change.times}
            }
    deliveries = desk.store.deliveries()
    assert not any(one.open for one in deliveries) or best >= 0 or not desk.changes()
    latest = {one.part: one for one in sorted(deliveries, key=lambda one: one.attempt)}
    if best == max(one.attempt for one in deliveries):
        assert ("failed" in told) == any("failed" in one.times for one in latest.values())
        if all("sent" in one.times for one in latest.values()):
            assert "sent" in told


def test_two_requests_in_one_batch_for_one_message_keep_the_higher_attempt() -> None:
    desk = Desk()
    desk.ask(reply_request("m", "one"), reply_request("m", "one", attempt=1))
    desk.send_all()
    assert desk.sender.asked == ["m"]  # the first is on its way: nothing of it is to be sent again
    assert replace(desk.last(), times={}).attempt == 1
