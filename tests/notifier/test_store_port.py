"""What every delivery store must do; run on the real one and on its in-memory twin."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.announce import Teller
from services.notifier.domain.content import Content, Template
from services.notifier.domain.delivery import DONE, SENDING, Delivery, Failure
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.ports import DeliveryStore, DeliveryTransaction
from tests.notifier.building import CHANNEL, NOW, SECOND, a_delivery
from tests.support.memory_delivery_store import MemoryDeliveryStore

KEY = ProviderKey(CHANNEL, "wamid.1")
FAILURE = Failure("131026", "Undeliverable", "details", "call")


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> DeliveryStore:
    if request.param == "memory":
        return MemoryDeliveryStore()
    found: DeliveryStore = request.getfixturevalue("mongo_store")
    return found


def insert(store: DeliveryStore, *deliveries: Delivery) -> None:
    store.transact(lambda transaction: transaction.insert(deliveries))


def load(store: DeliveryStore, send_id: str) -> Delivery:
    return store.transact(lambda transaction: transaction.load([send_id]))[send_id]


def heads(store: DeliveryStore, limit: int = 10) -> list[str]:
    return [head.send_id for head in store.due_heads(CHANNEL, NOW, limit)]


def test_a_delivery_comes_back_as_it_was_stored(store: DeliveryStore) -> None:
    components = [{"type": "body", "parameters": [{"$weird.key": 2**70, "text": "è"}]}]
    delivery = a_delivery(
        content=Content("template", "", Template("hello", "be_BY", tuple(components))),
        window_expires_at=NOW + SECOND,
        stage=DONE,
        claim="claim-1",
        tries=3,
        unknowns=1,
        times={"sent": NOW, "failed": NOW + SECOND},
        provider_message_id="wamid.1",
        failure=FAILURE,
    )
    insert(store, delivery)
    assert load(store, "s1") == replace(delivery, sequence=1)


def test_what_does_not_exist_is_simply_missing(store: DeliveryStore) -> None:
    assert store.transact(lambda transaction: transaction.load(["none"])) == {}
    assert store.transact(lambda transaction: transaction.load([])) == {}
    assert store.transact(lambda transaction: transaction.load_by_provider_key([KEY])) == {}
    assert store.transact(lambda transaction: transaction.load_by_provider_key([])) == {}
    assert store.transact(lambda transaction: transaction.adopt(KEY)) == []
    assert store.transact(lambda transaction: transaction.pause(CHANNEL)) is None
    assert store.pauses() == {}


def test_a_delivery_is_found_by_its_channel_and_the_providers_id(store: DeliveryStore) -> None:
    insert(
        store,
        a_delivery("s1", provider_message_id="wamid.1"),
        a_delivery("s2", provider_message_id="wamid.1", channel_id="other"),
        a_delivery("s3"),
    )
    found = store.transact(lambda transaction: transaction.load_by_provider_key([KEY]))
    assert {key: delivery.send_id for key, delivery in found.items()} == {KEY: "s1"}


def test_deliveries_are_numbered_in_the_order_they_are_inserted(store: DeliveryStore) -> None:
    insert(store, a_delivery("s1"), a_delivery("s2"))
    insert(store, a_delivery("s3"))
    assert [load(store, send_id).sequence for send_id in ("s1", "s2", "s3")] == [1, 2, 3]


def test_a_transaction_that_raises_leaves_nothing_behind(store: DeliveryStore) -> None:
    def work(transaction: DeliveryTransaction) -> None:
        transaction.insert([a_delivery()])
        transaction.set_pause(CHANNEL, ChannelPause(CHANNEL, NOW, 1, FAILURE))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.transact(work)
    assert store.transact(lambda transaction: transaction.load(["s1"])) == {}
    assert store.pauses() == {}


def test_only_the_first_open_delivery_of_a_conversation_is_due(store: DeliveryStore) -> None:
    insert(
        store,
        a_delivery("a1", conversation_id="a", stage=DONE),
        a_delivery("a2", conversation_id="a"),
        a_delivery("a3", conversation_id="a"),
        a_delivery("b1", conversation_id="b", due_at=NOW + SECOND),
        a_delivery("b2", conversation_id="b"),
        a_delivery("c1", conversation_id="c", channel_id="other"),
        a_delivery("d1", conversation_id="d", stage=SENDING, due_at=NOW - SECOND),
    )
    assert heads(store) == ["a2", "d1"]


def test_due_deliveries_come_oldest_first_and_no_more_than_asked_for(store: DeliveryStore) -> None:
    insert(store, *(a_delivery(f"s{number}", conversation_id=f"c{9 - number}") for number in range(1, 6)))
    assert heads(store, 3) == ["s1", "s2", "s3"]


def test_a_waiting_receipt_is_kept_once_per_state_and_given_out_once(store: DeliveryStore) -> None:
    sent = Receipt(KEY, "sent", NOW, event_id="e1")
    failed = Receipt(KEY, "failed", NOW + SECOND, "s1", FAILURE, "e2")
    other = Receipt(ProviderKey(CHANNEL, "wamid.2"), "sent", NOW)
    store.transact(lambda transaction: transaction.park([replace(sent, at=NOW + SECOND), other]))
    store.transact(lambda transaction: transaction.park([failed, sent, failed]))
    taken = store.transact(lambda transaction: transaction.adopt(KEY))
    assert sorted(taken, key=lambda one: one.at) == [sent, failed]
    assert store.transact(lambda transaction: transaction.adopt(KEY)) == []


def test_a_pause_is_kept_until_it_is_ended(store: DeliveryStore) -> None:
    pause = ChannelPause(CHANNEL, NOW + timedelta(minutes=1), 2, FAILURE, needs_operator=True)
    store.transact(lambda transaction: transaction.set_pause(CHANNEL, pause))
    assert store.pauses() == {CHANNEL: pause}
    assert store.transact(lambda transaction: transaction.pause(CHANNEL)) == pause
    store.transact(lambda transaction: transaction.set_pause(CHANNEL, None))
    assert store.pauses() == {}


def test_an_event_that_breaks_its_contract_stops_the_transaction(store: DeliveryStore) -> None:
    broken = Teller(lambda: NOW, lambda: "e").message([a_delivery(channel_id="")])

    def work(transaction: DeliveryTransaction) -> None:
        transaction.insert([a_delivery()])
        transaction.announce([broken])

    with pytest.raises(ValueError, match="breaks its contract"):
        store.transact(work)
    assert store.transact(lambda transaction: transaction.load(["s1"])) == {}


def insert_if_new(transaction: DeliveryTransaction, deliveries: Sequence[Delivery]) -> int:
    known = transaction.load([delivery.send_id for delivery in deliveries])
    new = [delivery for delivery in deliveries if delivery.send_id not in known]
    transaction.insert(new)
    return len(new)


def test_many_threads_inserting_the_same_delivery_insert_it_once(store: DeliveryStore) -> None:
    barrier = threading.Barrier(12)

    def ask() -> int:
        barrier.wait()
        return store.transact(lambda transaction: insert_if_new(transaction, [a_delivery()]))

    with ThreadPoolExecutor(12) as pool:
        added = [future.result() for future in [pool.submit(ask) for _ in range(12)]]
    assert sum(added) == 1


@pytest.mark.parametrize("round_number", range(5))
def test_a_receipt_parked_while_its_delivery_learns_its_id_is_never_lost(
    store: DeliveryStore, round_number: int
) -> None:
    insert(store, a_delivery())
    barrier = threading.Barrier(2)

    def report() -> bool:
        """What the status keeper does: merge when known, else park."""
        barrier.wait()

        def work(transaction: DeliveryTransaction) -> bool:
            found = transaction.load_by_provider_key([KEY])
            if not found:
                transaction.park([Receipt(KEY, "read", NOW)])
            return bool(found)

        return store.transact(work)

    def record() -> bool:
        """What the deliverer does: remember the id, take what waits for it."""
        barrier.wait()

        def work(transaction: DeliveryTransaction) -> bool:
            found = transaction.load(["s1"])["s1"]
            waiting = transaction.adopt(KEY)
            transaction.save([replace(found, provider_message_id=KEY.message_id)])
            return bool(waiting)

        return store.transact(work)

    with ThreadPoolExecutor(2) as pool:
        reported, recorded = pool.submit(report), pool.submit(record)
        assert reported.result() != recorded.result()
