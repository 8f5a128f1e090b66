"""Receipts: whatever their order and number, a delivery ends alike."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.announce import Teller
from services.notifier.domain.delivery import DONE, SENDING, UNKNOWN, WAITING, Delivery, Failure
from services.notifier.domain.outcome import Sent, TryLater
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.status import NO_REASON, StatusKeeper, merged
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.envelope import Event
from tests.notifier.building import (
    CHANNEL,
    NOW,
    SECOND,
    Clock,
    ScriptedSender,
    a_deliverer,
    a_delivery,
    counter,
)
from tests.support.memory_delivery_store import MemoryDeliveryStore

KEY = ProviderKey(CHANNEL, "wamid.s1")
FAILURE = Failure("131026", "Undeliverable")
RECEIPTS = (
    Receipt(KEY, "sent", NOW + 1 * SECOND),
    Receipt(KEY, "delivered", NOW + 2 * SECOND),
    Receipt(KEY, "read", NOW + 3 * SECOND),
    Receipt(KEY, "failed", NOW + 4 * SECOND, failure=FAILURE),
)
TIMES = {one.state: one.at for one in RECEIPTS}


class Desk:
    """A store with one queued delivery, a keeper of receipts, and a deliverer."""

    def __init__(self, sender: ScriptedSender | None = None) -> None:
        self.store = MemoryDeliveryStore()
        self.clock = Clock()
        self.sender = sender or ScriptedSender()
        senders = {CHANNEL: self.sender}
        self.keeper = StatusKeeper(senders, Teller(self.clock, counter("change")))
        self.deliverer = a_deliverer(self.store, senders, self.clock, counter("deliverer"))
        self.store.transact(lambda transaction: transaction.insert([a_delivery()]))

    def report(self, *receipts: Receipt) -> None:
        self.store.transact(lambda transaction: self.keeper.apply(transaction, receipts))

    def send(self) -> None:
        for head in self.store.due_heads(CHANNEL, self.clock(), 1):
            self.deliverer.attempt(head)

    @property
    def delivery(self) -> Delivery:
        return self.store.delivery("s1")

    def changes(self) -> list[DeliveryChanged]:
        return [one.data for one in self.store.events()]


@pytest.mark.parametrize("order", list(itertools.permutations(RECEIPTS)), ids=lambda order: "-")
@pytest.mark.parametrize("send_at", range(5))
def test_every_order_of_receipts_and_send_result_ends_in_the_same_state_with_all_times(
    order: Sequence[Receipt], send_at: int
) -> None:
    desk = Desk()
    for position, receipt in enumerate(order):
        if position == send_at:
            desk.send()
        desk.report(receipt)
        desk.report(receipt)
    if send_at == len(order):
        desk.send()
    # Our own time of acceptance (NOW) is the earliest report of "sent".
    assert desk.delivery.times == TIMES | {"sent": NOW}
    assert desk.delivery.stage == DONE
    assert desk.delivery.failure == replace(FAILURE, remedy="remedy for 131026")
    assert desk.changes()[-1].state == "failed"
    assert desk.changes()[-1].times == desk.delivery.times


@pytest.mark.parametrize("order", list(itertools.permutations(RECEIPTS[:3])))
def test_receipts_that_carry_our_id_settle_a_delivery_before_it_is_sent(order: Sequence[Receipt]) -> None:
    desk = Desk()
    for receipt in order:
        desk.report(replace(receipt, send_id="s1"))
    desk.send()
    assert desk.sender.asked == []  # the provider has it already: a retry would be a second message
    assert desk.delivery.times == {
        "sent": TIMES["sent"],
        "delivered": TIMES["delivered"],
        "read": TIMES["read"],
    }
    assert desk.delivery.provider_message_id == KEY.message_id
    assert desk.changes()[-1].state == "read"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sent", "delivered", "read", "failed"]),
            st.integers(0, 5),
            st.sampled_from([None, Failure("1", "one"), Failure("2", "two")]),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_merging_is_the_same_in_any_order_with_any_repetition(
    reports: list[tuple[str, int, Failure | None]], random: object
) -> None:
    receipts = [Receipt(KEY, state, NOW + at * SECOND, failure=failure) for state, at, failure in reports]
    shuffled = [*receipts, *receipts[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    delivery = a_delivery()
    assert merged(delivery, shuffled) == merged(delivery, receipts)


def test_a_failure_without_a_reason_still_is_a_failure_with_one() -> None:
    delivery = merged(a_delivery(), [Receipt(KEY, "failed", NOW)])
    assert delivery.failure == NO_REASON


def test_only_what_changes_something_is_announced() -> None:
    desk = Desk()
    desk.send()
    before = len(desk.changes())
    desk.report(RECEIPTS[1])
    desk.report(RECEIPTS[1], RECEIPTS[1])
    assert len(desk.changes()) == before + 1
    assert desk.store.events()[-1].traceparent == desk.delivery.traceparent


def test_several_receipts_of_one_delivery_in_a_batch_are_announced_as_one_change() -> None:
    desk = Desk()
    desk.send()
    before = len(desk.changes())
    desk.report(*RECEIPTS[:3])
    assert [change.state for change in desk.changes()[before:]] == ["read"]


def test_a_receipt_of_another_channel_touches_nothing_whatever_ids_it_carries() -> None:
    desk = Desk()
    desk.send()
    stranger = Receipt(ProviderKey("other", KEY.message_id), "read", NOW, send_id="s1")
    desk.report(stranger)
    assert "read" not in desk.delivery.times


def test_receipts_with_and_without_our_id_in_one_batch_find_the_same_delivery() -> None:
    desk = Desk()
    desk.report(RECEIPTS[2], replace(RECEIPTS[0], send_id="s1"))
    assert set(desk.delivery.times) == {"sent", "read"}


def test_a_parked_receipt_is_applied_when_another_one_tells_whose_it_is() -> None:
    desk = Desk()
    desk.report(RECEIPTS[2])
    assert desk.delivery.times == {}
    desk.report(replace(RECEIPTS[0], send_id="s1"))
    assert set(desk.delivery.times) == {"sent", "read"}


@pytest.mark.parametrize("stage", [WAITING, SENDING, UNKNOWN])
def test_a_receipt_ends_every_stage_of_sending(stage: str) -> None:
    desk = Desk()
    desk.store.transact(
        lambda transaction: transaction.save([replace(desk.delivery, stage=stage, claim="x")])
    )
    desk.report(replace(RECEIPTS[0], send_id="s1"))
    assert not desk.delivery.open
    assert desk.changes()[-1].state == "sent"


def test_a_receipt_during_the_send_makes_a_lost_answer_irrelevant() -> None:
    desk = Desk()

    class ReceiptFirst(ScriptedSender):
        def send(self, delivery: Delivery) -> Sent | TryLater:
            desk.report(replace(RECEIPTS[1], send_id="s1"))
            return TryLater(0, Failure("no-answer", "time-out"), unknown_outcome=True)

    desk.deliverer._senders = {CHANNEL: ReceiptFirst()}
    desk.send()
    assert desk.delivery.stage == DONE
    assert desk.delivery.times == {"delivered": TIMES["delivered"]}
    assert desk.delivery.failure is None


def test_the_cause_of_a_change_is_the_receipts_event() -> None:
    desk = Desk()
    desk.report(replace(RECEIPTS[0], send_id="s1", event_id="receipt-7"))
    last: Event = desk.store.events()[-1]
    assert last.causationid == "receipt-7"
