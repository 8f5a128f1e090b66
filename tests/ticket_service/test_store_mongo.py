"""Many at once on a real database: unique keys and versions, not luck, keep a person one person."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.ticket_service.ports import Changes
from services.ticket_service.store.mongo import MongoDeskStore
from shared.contracts.envelope import Event
from shared.messaging.message import Unavailable
from shared.mongo.connect import connect, database
from shared.runtime.ids import new_id
from tests.ticket_service.building import ANNA, apply, message, phone, scoped
from tests.ticket_service.conftest import MongoDesk

pytestmark = pytest.mark.integration

THREADS = 8


def all_at_once(desk: MongoDesk, jobs: Sequence[Callable[[MongoDeskStore], None]]) -> None:
    """Each thread has a store of its own, as processes have; all begin at the same moment."""
    barrier = threading.Barrier(THREADS)

    def work(position: int) -> None:
        store = desk.store()
        barrier.wait()
        for job in jobs[position::THREADS]:
            job(store)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, position) for position in range(THREADS)]:
            done.result()


def applying(event: Event) -> Callable[[MongoDeskStore], None]:
    return lambda store: apply(store, event, new_id=new_id)


def test_a_hundred_first_messages_at_once_from_one_number_are_one_lead(mongo_desk: MongoDesk) -> None:
    all_at_once(mongo_desk, [applying(message(str(n))) for n in range(100)])
    counted = mongo_desk.counted()
    assert (counted["contacts"], counted["conversations"], counted["tickets"]) == (1, 1, 1)
    assert (counted["messages"], counted["outbox"], counted["history"]) == (100, 100, 1)
    ticket = mongo_desk.db["tickets"].find_one() or {}
    assert ticket["comments_count"] == 99
    numbers = [each["number"] for each in mongo_desk.db["messages"].find({"part": "comment"})]
    assert sorted(numbers) == list(range(1, 100))
    assert sum(each["n"] for each in mongo_desk.db["counters"].find()) == 1


def test_one_person_on_two_channels_and_by_two_identities_at_once_is_one_contact(
    mongo_desk: MongoDesk,
) -> None:
    both = [phone(ANNA), scoped("IT.1")]
    events = [
        message(f"{channel}-{n}", sender=sender, channel=channel)
        for n, sender in enumerate(5 * [both, both[::-1]])
        for channel in ("first", "second")
    ]
    all_at_once(mongo_desk, [applying(event) for event in events])
    counted = mongo_desk.counted()
    assert (counted["contacts"], counted["conversations"], counted["tickets"]) == (1, 2, 2)
    assert counted["messages"] == 20


def test_the_same_messages_delivered_everywhere_at_once_are_stored_once(mongo_desk: MongoDesk) -> None:
    events = [message(str(n), sender=f"+39335{n % 3:07d}") for n in range(12)]
    all_at_once(mongo_desk, [applying(event) for event in events for _ in range(THREADS)])
    counted = mongo_desk.counted()
    assert (counted["contacts"], counted["messages"], counted["outbox"]) == (3, 12, 12)


def test_numbers_reserved_at_once_are_all_different(mongo_desk: MongoDesk) -> None:
    mongo_desk.db["sequences"].delete_many({})
    taken: list[int] = []
    all_at_once(mongo_desk, 80 * [lambda store: taken.extend(store.reserve_numbers(3))])
    assert sorted(taken) == list(range(1, 241))


def test_what_a_newer_version_stored_beside_our_fields_survives_a_save(mongo_desk: MongoDesk) -> None:
    store = mongo_desk.store()
    apply(store, message("1"))
    mongo_desk.db["tickets"].update_one({}, {"$set": {"field_of_tomorrow": 1}})
    apply(store, message("2"))
    assert (mongo_desk.db["tickets"].find_one() or {})["field_of_tomorrow"] == 1


def test_a_sequence_that_fell_behind_catches_up_instead_of_blocking(mongo_desk: MongoDesk) -> None:
    store = mongo_desk.store()
    apply(store, *[message(str(n), sender=f"+39335{n:07d}") for n in range(5)])
    mongo_desk.db["sequences"].update_one({"_id": "tickets"}, {"$set": {"value": 2}})
    apply(store, message("new"))
    assert mongo_desk.counted()["tickets"] == 6


def test_a_desk_that_was_not_prepared_waits_instead_of_failing(mongo_desk: MongoDesk) -> None:
    mongo_desk.db["statuses"].delete_many({})
    with pytest.raises(Unavailable, match="prepare"):
        apply(mongo_desk.store(), message("1"))
    mongo_desk.db["settings"].delete_many({})
    with pytest.raises(Unavailable, match="prepare"):
        mongo_desk.store().desk()


def test_a_database_that_cannot_be_reached_is_unavailable() -> None:
    client = connect("mongodb://127.0.0.1:1/?directConnection=true", "test")
    with client:
        store = MongoDeskStore(client, database(client, "none"))
        with pytest.raises(Unavailable):
            store.load_arrivals(["1"], ["1"])
        with pytest.raises(Unavailable):
            store.save(Changes(counters=Counter(open=1)))


def test_what_a_killed_process_holds_is_waited_for_until_the_database_frees_it(mongo_desk: MongoDesk) -> None:
    session = mongo_desk.client.start_session()
    session.start_transaction()
    mongo_desk.db["contacts"].insert_one(
        {"_id": "half", "identities": [{"key": f"whatsapp:{ANNA}"}]}, session=session
    )
    with pytest.raises(Unavailable, match="held"):
        apply(mongo_desk.store(), message("1"))
    session.abort_transaction()
    session.end_session()
    apply(mongo_desk.store(), message("1"))
    assert mongo_desk.counted()["messages"] == 1


def test_nothing_is_written_when_the_process_fails_before_the_commit(mongo_desk: MongoDesk) -> None:
    def fail(point: str) -> None:
        if point == "before_commit":
            raise RuntimeError("told to fail")

    store = MongoDeskStore(mongo_desk.client, mongo_desk.db, on_point=fail)
    before = mongo_desk.counted()
    with pytest.raises(RuntimeError, match="told to fail"):
        apply(store, message("1"))
    assert mongo_desk.counted() == before
    assert store.load_messages(["whatsapp_cloud:109:1"]) == {}
