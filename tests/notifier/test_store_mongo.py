"""What only the real store can get wrong: races of transactions, and the plan of its most frequent query."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from services.notifier.domain.delivery import DONE
from services.notifier.domain.message import standing
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.ports import DeliveryTransaction
from services.notifier.store.mongo import MongoDeliveryStore
from shared.mongo.connect import connect, database
from tests.notifier.building import CHANNEL, NOW, a_delivery, a_message

pytestmark = pytest.mark.integration

KEY = ProviderKey(CHANNEL, "wamid.1")


def meanwhile(action: Callable[[], object]) -> Callable[[], None]:
    """Run the action to its end in another thread, the first time this is called."""
    left = [action]

    def run() -> None:
        if left:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(left.pop()).result()

    return run


def park(store: MongoDeliveryStore, between: Callable[[], None]) -> bool:
    """Look for the delivery, park the receipt when there is none; whether it was found."""

    def work(transaction: DeliveryTransaction) -> bool:
        found = transaction.load_by_provider_key([KEY])
        between()
        if not found:
            transaction.park([Receipt(KEY, "read", NOW)])
        return bool(found)

    return store.transact(work)


def adopt(store: MongoDeliveryStore, between: Callable[[], None]) -> bool:
    """Let the delivery have its id; whether a receipt waited for it."""

    def work(transaction: DeliveryTransaction) -> bool:
        delivery = transaction.load(["s1"])["s1"]
        between()
        waiting = transaction.adopt(KEY)
        transaction.save([replace(delivery, provider_message_id=KEY.message_id)])
        return bool(waiting)

    return store.transact(work)


def nothing() -> None:
    """No race."""


def test_a_delivery_that_gets_its_id_while_a_receipt_is_being_parked_is_found_after_all(
    mongo_store: MongoDeliveryStore,
) -> None:
    mongo_store.transact(lambda transaction: transaction.insert([a_delivery()]))
    assert park(mongo_store, meanwhile(lambda: adopt(mongo_store, nothing))) is True


def test_a_receipt_parked_while_its_delivery_is_being_recorded_is_taken_along(
    mongo_store: MongoDeliveryStore,
) -> None:
    mongo_store.transact(lambda transaction: transaction.insert([a_delivery()]))
    assert adopt(mongo_store, meanwhile(lambda: park(mongo_store, nothing))) is True


def reach(store: MongoDeliveryStore, part: int, state: str, between: Callable[[], None]) -> list[str]:
    """Let a part reach a state; the states its whole message is then known to have reached."""

    def work(transaction: DeliveryTransaction) -> list[str]:
        transaction.load([f"m~0.{part}"])  # fixes the snapshot before the other one commits
        between()
        deliveries = {one.send_id: one for one in transaction.messages(["m"])["m"]}
        changed = replace(deliveries[f"m~0.{part}"], times={state: NOW})
        transaction.save([changed])
        return sorted(standing((deliveries | {changed.send_id: changed}).values()).times)

    return store.transact(work)


def test_parts_that_change_at_once_are_told_as_one_message_by_the_later_of_them(
    mongo_store: MongoDeliveryStore,
) -> None:
    mongo_store.transact(lambda transaction: transaction.insert(a_message("m", 3)))
    reach(mongo_store, 0, "sent", nothing)
    told: list[list[str]] = []
    other = meanwhile(lambda: told.append(reach(mongo_store, 2, "sent", nothing)))
    told.append(reach(mongo_store, 1, "sent", other))
    assert told == [[], ["sent"]]


def test_transactions_that_insert_at_once_are_numbered_in_the_order_they_commit(
    mongo_store: MongoDeliveryStore,
) -> None:
    def insert(send_id: str, between: Callable[[], None]) -> None:
        def work(transaction: DeliveryTransaction) -> None:
            transaction.load([send_id])  # fixes the snapshot before the other one commits
            between()
            transaction.insert([a_delivery(send_id)])

        mongo_store.transact(work)

    insert("later", meanwhile(lambda: insert("sooner", nothing)))
    found = mongo_store.transact(lambda transaction: transaction.load(["sooner", "later"]))
    assert found["sooner"].sequence < found["later"].sequence


def test_a_messages_deliveries_are_looked_up_by_an_index(
    mongo_store: MongoDeliveryStore, mongodb_uri: str, database_name: str
) -> None:
    mongo_store.transact(
        lambda transaction: transaction.insert([a_delivery(f"old{n}", stage=DONE) for n in range(100)])
    )
    with connect(mongodb_uri, "test") as client:
        db = database(client, database_name)
        db.command("profile", 2)
        mongo_store.transact(lambda transaction: transaction.messages(["old7"]))
        entry = db["system.profile"].find_one({"command.find": "deliveries"})
    assert entry is not None
    assert entry["docsExamined"] == 1


def test_looking_for_due_deliveries_reads_one_entry_per_waiting_conversation(
    mongo_store: MongoDeliveryStore, mongodb_uri: str, database_name: str
) -> None:
    old = [a_delivery(f"old{n}", conversation_id=f"c{n % 7}", stage=DONE) for n in range(300)]
    waiting = [a_delivery(f"new{n}", conversation_id=f"c{n % 3}") for n in range(90)]
    mongo_store.transact(lambda transaction: transaction.insert([*old, *waiting]))
    with connect(mongodb_uri, "test") as client:
        db = database(client, database_name)
        db.command("profile", 2)
        mongo_store.due_heads(CHANNEL, NOW, 10)
        entry = db["system.profile"].find_one({"op": "command", "command.aggregate": "deliveries"})
    assert entry is not None
    assert entry["planSummary"].startswith("DISTINCT_SCAN")
    assert entry["keysExamined"] <= 6
