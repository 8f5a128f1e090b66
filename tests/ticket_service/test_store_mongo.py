"""Many at once on a real database: unique keys and versions, not luck, keep a person one person."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.message import DRAFT, DRAFT_RANK, OUT, PUBLIC, Delivery, Message
from services.ticket_service.ports import Changes, Conflict
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.preparing import Preparing
from shared.contracts import reply_requested
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.messaging.message import Unavailable
from shared.mongo.connect import Document, connect, database
from shared.runtime.ids import new_id
from tests.ticket_service.building import ANNA, NOW, apply, at, message, phone, scoped
from tests.ticket_service.building_whatsapp import reaction
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


def as_a_worker(event: Event) -> Callable[[MongoDeskStore], None]:
    """Where others hold the documents for long, it waits and takes the message again."""

    def take(store: MongoDeskStore) -> None:
        for _ in range(5):
            with suppress(Unavailable):
                apply(store, event, new_id=new_id)
                return
        apply(store, event, new_id=new_id)

    return take


def test_a_hundred_first_messages_at_once_from_one_number_are_one_lead(mongo_desk: MongoDesk) -> None:
    all_at_once(mongo_desk, [as_a_worker(message(str(n))) for n in range(100)])
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
    all_at_once(mongo_desk, [as_a_worker(event) for event in events])
    counted = mongo_desk.counted()
    assert (counted["contacts"], counted["conversations"], counted["tickets"]) == (1, 2, 2)
    assert counted["messages"] == 20


def test_the_same_messages_delivered_everywhere_at_once_are_stored_once(mongo_desk: MongoDesk) -> None:
    events = [message(str(n), sender=f"+39335{n % 3:07d}") for n in range(12)]
    all_at_once(mongo_desk, [as_a_worker(event) for event in events for _ in range(THREADS)])
    counted = mongo_desk.counted()
    assert (counted["contacts"], counted["messages"], counted["outbox"]) == (3, 12, 12)


def test_numbers_reserved_at_once_are_all_different(mongo_desk: MongoDesk) -> None:
    mongo_desk.db["sequences"].delete_many({})
    taken: list[int] = []
    all_at_once(mongo_desk, 80 * [lambda store: taken.extend(store.reserve_numbers("tickets", 3))])
    assert sorted(taken) == list(range(1, 241))


MANY = 25
"""Tickets saved at once: of so many the versions are read before."""


def many_tickets(desk: MongoDesk) -> list[str]:
    apply(desk.store(), *[message(str(n), sender=f"+39335{n:07d}") for n in range(MANY)], new_id=new_id)
    return [each["_id"] for each in desk.db["tickets"].find({}, {"_id": 1}).sort("_id", 1)]


@pytest.mark.parametrize("meanwhile", ["saved", "deleted"])
def test_one_of_many_that_changed_since_stops_the_whole_save(mongo_desk: MongoDesk, meanwhile: str) -> None:
    ids, store = many_tickets(mongo_desk), mongo_desk.store()
    loaded, tickets = store.load_tickets(ids), mongo_desk.db["tickets"]
    if meanwhile == "saved":
        mongo_desk.store().save(Changes(tickets=mongo_desk.store().load_tickets(ids[7:8])))
    else:
        tickets.delete_one({"_id": ids[7]})
    before = list(tickets.find().sort("_id", 1))
    for ticket in loaded.values():
        ticket.title = "Mine"
    with pytest.raises(Conflict):
        store.save(Changes(tickets=loaded))
    assert list(tickets.find().sort("_id", 1)) == before


def test_of_many_that_are_saved_at_once_no_change_is_lost(mongo_desk: MongoDesk) -> None:
    ids = many_tickets(mongo_desk)

    def add_one(store: MongoDeskStore) -> None:
        def attempt() -> None:
            tickets = store.load_tickets(ids)
            for ticket in tickets.values():
                ticket.hours += 1
            store.save(Changes(tickets=tickets))

        decide_again_on_conflict(attempt)

    all_at_once(mongo_desk, THREADS * [add_one])
    assert [each["hours"] for each in mongo_desk.db["tickets"].find()] == MANY * [float(THREADS)]


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


def test_what_waits_for_a_message_is_found_by_index_and_so_are_targets(mongo_desk: MongoDesk) -> None:
    messages = mongo_desk.db["messages"]
    wanted = {"$or": [{"_id": {"$in": ["m1"]}}, {"waits_for": {"$in": ["p1", "p2"]}}]}
    for query in (wanted, {"provider_message_ids": {"$in": ["p1", "p2"]}}):
        plan = str(messages.find(query).explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan or "IDHACK" in plan
        assert "COLLSCAN" not in plan


def test_what_an_earlier_version_stored_is_adapted_and_used_on(mongo_desk: MongoDesk) -> None:
    store, db = mongo_desk.store(), mongo_desk.db
    apply(store, message("1"), message("2"))
    as_before = dict.fromkeys(
        ("target", "target_id", "attachments", "reactions", "withdrawn", "versions", "edited_at"), ""
    ) | {"revoked_at": "", "version": "", "provider_message_ids": ""}
    before: list[Document] = [
        {"$set": {"provider_message_id": {"$arrayElemAt": ["$provider_message_ids", 0]}}},
        {"$unset": list(as_before)},
    ]
    sent = {"state": "sent", "rank": 1, "times": {}, "queued_at": NOW, "error": None}
    db["messages"].update_many({}, before)
    db["messages"].update_one({"_id": "whatsapp_cloud:109:2"}, {"$set": {"delivery": sent}})
    db["conversations"].update_many({}, {"$unset": {"drafts": "", "please_answer_at": "", "released_at": ""}})
    assert Preparing(db).stored_before() == 3
    assert Preparing(db).stored_before() == 0
    apply(store, reaction("3", "provider.1", "👍"))
    loaded = store.load_messages(["whatsapp_cloud:109:1", "whatsapp_cloud:109:2"])
    assert [each.emoji for each in loaded["whatsapp_cloud:109:1"].reactions] == ["👍"]
    delivery = loaded["whatsapp_cloud:109:2"].delivery
    assert delivery is not None
    assert (delivery.state, delivery.attempt) == ("sent", 0)


def test_a_draft_leaves_once_although_many_messages_come_at_once(mongo_desk: MongoDesk) -> None:
    store = mongo_desk.store()
    apply(store, message("1", occurred=at(-100_000), received=at(-100_000)), now=at(-100_000))
    (conversation,) = store.load_inbound([f"whatsapp:{ANNA}"], ["whatsapp-main"]).conversations.values()
    draft = Message(
        "s1",
        OUT,
        PUBLIC,
        DESK,
        "text",
        "Ciao",
        NOW,
        NOW,
        conversation.id,
        delivery=Delivery(DRAFT, DRAFT_RANK, {}, NOW, None, 1),
    )
    conversation.hold("s1")
    changes = Changes(messages=[draft])
    changes.touch(conversation)
    store.save(changes)
    all_at_once(mongo_desk, [applying(message(f"back {n}")) for n in range(16)])
    events = [decode(document["body"]) for document in mongo_desk.db["outbox"].find()]
    requested = [event.data for event in events if event.type == reply_requested.TYPE]
    assert [(each.send_id, each.attempt) for each in requested] == [("s1", 1)]
    assert (mongo_desk.db["conversations"].find_one() or {})["drafts"] == []
    assert store.load_messages(["s1"])["s1"].delivery == Delivery("queued", 0, {}, NOW, None, 1)
