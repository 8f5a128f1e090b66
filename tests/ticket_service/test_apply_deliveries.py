"""What becomes of answers: ticks in any order, and messages the notifier sent by itself."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from services.ticket_service.apply import apply_deliveries
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.message import OUT, PUBLIC, Message
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.receipts import UnknownSend
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, a_desk, apply, at, changed, message, notification, refused
from tests.ticket_service.conftest import MongoDesk

SNAPSHOTS = [
    changed("s1", "queued", times={}),
    changed("s1", "sent", times={"sent": at(1)}, provider_message_ids=["provider.1"]),
    changed(
        "s1", "delivered", times={"sent": at(1), "delivered": at(3)}, provider_message_ids=["provider.1"]
    ),
    changed("s1", "read", times={"sent": at(1), "read": at(5)}, provider_message_ids=["provider.1"]),
    changed("s1", "failed", times={"failed": at(4)}, error=refused()),
]


@pytest.fixture
def store() -> MemoryDeskStore:
    return with_reply(MemoryDeskStore())


def with_reply(store: Any) -> Any:
    """A desk where an agent answered; the message waits for what becomes of it."""
    reply = Message("s1", OUT, PUBLIC, Actor(AGENT, "u1", "Bruno"), "text", "Ciao", NOW, NOW)
    store.save(Changes(messages=[reply]))
    return store


def merged(delivery: dict[str, Any]) -> dict[str, Any]:
    return {**delivery, "times": dict(sorted(delivery["times"].items()))}


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_every_order_of_reports_ends_alike_with_every_time_kept(
    store: MemoryDeskStore, order: tuple[int, ...]
) -> None:
    for position in (*order, *order[:2]):
        apply_deliveries([SNAPSHOTS[position]], a_desk(store))
    said = store.collections["messages"]["s1"]
    assert said["provider_message_ids"] == ["provider.1"]
    assert merged(said["delivery"]) == {
        "state": "failed",
        "rank": 4,
        "times": {"delivered": at(3), "failed": at(4), "read": at(5), "sent": at(1)},
        "queued_at": NOW,
        "error": {
            "code": "131026",
            "title": "Undeliverable",
            "detail": "details",
            "remedy": "call the customer",
        },
        "attempt": 0,
    }


@pytest.mark.integration
def test_the_database_merges_as_the_twin_does_in_every_order(mongo_desk: MongoDesk) -> None:
    store, answers = with_reply(mongo_desk.store()), []
    for order in itertools.permutations(range(5)):
        mongo_desk.db["messages"].update_one(
            {"_id": "s1"}, {"$set": {"delivery": None, "provider_message_ids": []}}
        )
        for position in order[:3]:
            apply_deliveries([SNAPSHOTS[position]], a_desk(store))
        apply_deliveries([SNAPSHOTS[position] for position in order[2:]], a_desk(store))
        found = mongo_desk.db["messages"].find_one({"_id": "s1"}) or {}
        answers.append((merged(found["delivery"]), found["provider_message_ids"]))
    twin = with_reply(MemoryDeskStore())
    apply_deliveries(SNAPSHOTS, a_desk(twin))
    said = twin.collections["messages"]["s1"]
    assert answers == len(answers) * [(merged(said["delivery"]), ["provider.1"])]


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_each_state_is_the_highest_reported_so_far(store: MemoryDeskStore, known: int) -> None:
    apply_deliveries(SNAPSHOTS[: known + 1], a_desk(store))
    states = ["queued", "sent", "delivered", "read"]
    assert store.collections["messages"]["s1"]["delivery"]["state"] == states[known]


def test_a_report_of_a_reply_that_was_never_saved_is_an_error_with_its_name(store: MemoryDeskStore) -> None:
    with pytest.raises(UnknownSend, match="s9"):
        apply_deliveries([changed("s9", "sent")], a_desk(store))
    assert "s9" not in store.collections["messages"]


def test_what_the_notifier_said_by_itself_is_shown_on_the_ticket(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    (ticket,) = store.collections["tickets"].values()
    (conversation,) = store.collections["conversations"].values()
    place = {"conversation_id": conversation["_id"], "ticket_number": ticket["number"], "text": "Ticket TT1"}
    apply_deliveries(
        [notification("n1", "queued", times={}, **place), notification("n1", "sent", seconds=2, **place)],
        a_desk(store),
    )
    apply_deliveries([notification("n1", "read", seconds=9, **place)], a_desk(store))
    said = store.collections["messages"]["n1"]
    assert (said["direction"], said["visibility"], said["text"]) == ("out", "public", "Ticket TT1")
    assert said["author"] == {"kind": "system", "id": None, "name": ""}
    assert (said["ticket_id"], said["part"], said["number"]) == (ticket["_id"], "comment", 1)
    assert (said["conversation_id"], said["contact_id"]) == (conversation["_id"], conversation["contact_id"])
    assert (said["delivery"]["state"], said["delivery"]["times"]["sent"]) == ("read", at(2))
    assert store.collections["tickets"][ticket["_id"]]["comments_count"] == 1


def test_an_automatic_message_without_a_ticket_stays_in_its_conversation(store: DeskStore) -> None:
    assert isinstance(store, MemoryDeskStore)
    apply(store, message("1"), automatic={"whatsapp-main": False})
    (conversation,) = store.collections["conversations"].values()
    apply_deliveries([notification("n1", "sent", conversation_id=conversation["_id"])], a_desk(store))
    said = store.collections["messages"]["n1"]
    assert (said["ticket_id"], said["number"], said["conversation_id"]) == (None, None, conversation["_id"])
