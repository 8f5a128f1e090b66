"""What every delivery store must do; run on the real one and on its in-memory twin."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.announce import Teller
from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    File,
    FormField,
    Interactive,
    Location,
    Reaction,
    Section,
    Template,
)
from services.notifier.domain.delivery import DONE, SENDING, Delivery, Failure
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.rate import PairBucket, RateLimit, Turn
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.ports import DeliveryStore, DeliveryTransaction
from shared.runtime.clock import utc_now
from tests.notifier.building import CHANNEL, NOW, SECOND, a_delivery, a_message
from tests.support.memory_delivery_store import MemoryDeliveryStore
from tests.support.waiting import wait_until

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
        message_id="m",
        part=2,
        parts=5,
        attempt=1,
        reply_to="wamid.customer",
        tried_at=NOW - SECOND,
        tries=3,
        unknowns=1,
        times={"sent": NOW, "failed": NOW + SECOND},
        provider_message_id="wamid.1",
        failure=FAILURE,
        author="Anna",
        author_picture="blob-of-anna",
    )
    insert(store, delivery)
    assert load(store, "s1") == replace(delivery, sequence=1)


EVERY_CONTENT = [
    Content("text", "è\n\u2028"),
    Content("media", "caption", files=(File("f", "image", "b", "image/png", "a.png", 2**40, "0" * 64),)),
    Content("template", "", Template("hello", "be_BY", ({"type": "body", "$weird.key": 2**70},))),
    Content(
        "interactive",
        "Body",
        interactive=Interactive(
            "list",
            "header",
            "footer",
            "open",
            "",
            (Choice("1", "Yes"),),
            (Section("s", (Choice("2", "No", "why"),)),),
            (FormField("k", "Label", "choice", True, ("S", "M")), FormField("why", "Why")),
        ),
    ),
    Content("location", location=Location(45.5, -9.25, "Office", "Street")),
    Content("contacts", contacts=(ContactCard("Ann", ("+39",), ("a@b",), "Firm"), ContactCard("Bob"))),
    Content("reaction", reaction=Reaction("wamid.x", "")),
]


@pytest.mark.parametrize("content", EVERY_CONTENT, ids=lambda content: content.kind)
def test_every_content_comes_back_as_it_was_stored(store: DeliveryStore, content: Content) -> None:
    insert(store, a_delivery(content=content))
    assert load(store, "s1").content == content


def test_a_messages_deliveries_are_found_together(store: DeliveryStore) -> None:
    insert(store, *a_message("m", 3), a_delivery("n"))
    again = a_delivery("m~1.2", message_id="m", part=2, parts=3, attempt=1)
    insert(store, again)
    found = store.transact(lambda transaction: transaction.messages(["m", "n", "none"]))
    ids = {message_id: sorted(one.send_id for one in ones) for message_id, ones in found.items()}
    assert ids == {"m": ["m~0.0", "m~0.1", "m~0.2", "m~1.2"], "n": ["n"]}
    assert store.transact(lambda transaction: transaction.messages([])) == {}


def test_a_customers_bucket_is_kept_per_channel(store: DeliveryStore) -> None:
    bucket = PairBucket(0.25, NOW)

    def put(transaction: DeliveryTransaction) -> None:
        transaction.set_pair(CHANNEL, "39333", PairBucket(44.0, NOW), NOW + SECOND)
        transaction.set_pair(CHANNEL, "39333", bucket, utc_now() + timedelta(hours=1))

    store.transact(put)
    assert store.transact(lambda transaction: transaction.pair(CHANNEL, "39333")) == bucket
    assert store.transact(lambda transaction: transaction.pair(CHANNEL, "39334")) is None
    assert store.transact(lambda transaction: transaction.pair("other", "39333")) is None


def test_turns_are_given_until_the_limit_and_again_after_the_wait(store: DeliveryStore) -> None:
    limit = RateLimit(10, 1.5)
    assert store.take_turn(CHANNEL, limit, 7) == Turn(7)
    assert store.take_turn(CHANNEL, limit, 7) == Turn(3)
    refused = store.take_turn(CHANNEL, limit, 1)
    assert refused.granted == 0
    assert 0 < refused.seconds <= 1.5
    assert store.take_turn("other", limit, 1) == Turn(1)
    began = time.monotonic()
    wait_until(lambda: store.take_turn(CHANNEL, limit, 1).granted)
    assert time.monotonic() - began > refused.seconds - 0.1  # the clock that counts is the store's


def test_many_processes_together_get_no_more_turns_than_one(store: DeliveryStore) -> None:
    limit, barrier = RateLimit(50, 60.0), threading.Barrier(8)

    def ask() -> int:
        barrier.wait()
        return sum(store.take_turn(CHANNEL, limit, 3).granted for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        granted = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
    assert sum(granted) == 50


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
    pause = ChannelPause(CHANNEL, NOW + timedelta(minutes=1), 2, FAILURE, needs_operator=True, reported=True)
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
