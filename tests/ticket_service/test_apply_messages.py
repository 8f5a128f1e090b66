"""What customers' messages make of an empty desk, and of a used one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.domain.contact import CONTACT
from services.ticket_service.domain.status import Workflow
from services.ticket_service.ports import Changes, Conflict, Held
from shared.contracts import ticket_fact
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, trace_id
from shared.messaging.message import Unavailable
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import ANNA, NOW, apply, at, message, phone, scoped

BRUNO = "+393470000001"


@pytest.fixture
def store() -> MemoryDeskStore:
    return MemoryDeskStore(time_zone="Europe/Rome")


def only(store: MemoryDeskStore, name: str) -> dict[str, Any]:
    (document,) = store.collections[name].values()
    return document


def facts(store: MemoryDeskStore) -> list[Event]:
    return [decode(document["body"]) for document in store.collections["outbox"].values()]


def move(store: MemoryDeskStore, number: str, status: str) -> None:
    """Set a ticket's status as an agent would, by the domain's own means."""
    loaded = store.load_ticket(number)
    assert loaded is not None
    assert loaded.conversation is not None
    found = Workflow(store.workflow().statuses).status(status)
    loaded.ticket.set_status(found, NOW)
    loaded.conversation.ticket_moved(loaded.ticket.id, "closed" in found.roles)
    changes = Changes()
    changes.touch(loaded.ticket, loaded.conversation)
    store.save(changes)


def test_the_first_message_makes_lead_conversation_ticket_and_description(store: MemoryDeskStore) -> None:
    apply(store, message("1", text="Buongiorno, vorrei contattarvi", occurred=at(-1)))
    contact, conversation = only(store, "contacts"), only(store, "conversations")
    ticket, said = only(store, "tickets"), only(store, "messages")
    assert (contact["stage"], contact["name"]) == ("lead", "Anna")
    assert [each["key"] for each in contact["identities"]] == [f"whatsapp:{ANNA}"]
    assert conversation["contact_id"] == contact["_id"]
    assert conversation["recipient"] == {"kind": "whatsapp", "address": "393351032246", "name": "Anna"}
    assert conversation["open_ticket_id"] == conversation["last_ticket_id"] == ticket["_id"]
    assert (conversation["last_inbound_at"], conversation["reply_window_seconds"]) == (at(-1), 86_400)
    assert (ticket["number"], ticket["sequence"], ticket["status"]) == ("TT1", 1, "open")
    assert ticket["title"] == "2025-02-27 22:21:33 - +393351032246"
    assert (ticket["requester_id"], ticket["conversation_id"]) == (contact["_id"], conversation["_id"])
    assert ticket["created_by"] == {"kind": "customer", "id": contact["_id"], "name": "Anna"}
    assert ticket["description"] == [
        {"at": at(-1), "text": "Buongiorno, vorrei contattarvi", "message_id": said["_id"]}
    ]
    assert (ticket["comments_count"], ticket["last_customer_message_at"]) == (0, at(-1))
    assert (said["direction"], said["visibility"], said["part"]) == ("in", "public", "description")
    assert (said["ticket_id"], said["conversation_id"]) == (ticket["_id"], conversation["_id"])
    assert store.collections["counters"]["open"]["n"] == 1


def test_the_ticket_is_announced_with_all_a_listener_needs(store: MemoryDeskStore) -> None:
    first = message("1", text="Buongiorno")
    apply(store, first)
    (fact,) = facts(store)
    ticket = only(store, "tickets")
    assert (fact.type, fact.source) == (ticket_fact.OPENED, "ticket_service")
    assert fact.id == f"{ticket['_id']}:opened"
    assert (fact.traceparent, fact.causationid) == (first.traceparent, first.id)
    assert (fact.data.ticket_number, fact.data.status.key, fact.data.text) == ("TT1", "open", "Buongiorno")
    assert fact.data.recipient.address == "393351032246"
    assert fact.data.window_expires_at == NOW + timedelta(days=1)
    assert only(store, "messages")["trace_id"] == trace_id(first.traceparent)


def test_opening_is_the_first_entry_of_the_history(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    entry = only(store, "history")
    assert (entry["what"], entry["from"], entry["to"], entry["who"]["name"]) == (
        "opened",
        None,
        "open",
        "Anna",
    )


@pytest.mark.parametrize("size", [1, 2, 7, 50, 100])
def test_a_hundred_first_messages_from_one_number_are_one_lead_in_any_batches(
    store: MemoryDeskStore, size: int
) -> None:
    events = [message(str(n), text=str(n), occurred=at(n)) for n in range(100)]
    for start in range(0, 100, size):
        apply(store, *events[start : start + size])
    assert len(store.collections["contacts"]) == len(store.collections["conversations"]) == 1
    ticket = only(store, "tickets")
    assert (ticket["number"], ticket["comments_count"], ticket["status"]) == ("TT1", 99, "open")
    comments = [each for each in store.collections["messages"].values() if each["part"] == "comment"]
    assert [(each["number"], each["text"]) for each in comments] == [(n, str(n)) for n in range(1, 100)]
    assert [fact.type for fact in facts(store)] == [ticket_fact.OPENED] + 99 * [ticket_fact.CUSTOMER_REPLIED]


def test_a_message_that_comes_again_changes_nothing_at_all(store: MemoryDeskStore) -> None:
    first, second = message("1"), message("2", text="again")
    apply(store, first, second, first)
    before = {name: dict(each) for name, each in store.collections.items()}
    apply(store, second, first, second, now=at(60))
    assert {name: dict(each) for name, each in store.collections.items()} == before


def test_the_same_provider_id_on_another_channel_is_another_message(store: MemoryDeskStore) -> None:
    twin = message("1", channel="other")
    object.__setattr__(twin.data, "dedupe_key", "other:109:1")
    apply(store, message("1"), twin)
    assert len(store.collections["contacts"]) == 1
    assert len(store.collections["conversations"]) == len(store.collections["tickets"]) == 2


def test_a_message_on_a_waiting_ticket_says_the_customer_replied(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    move(store, "TT1", "waiting_for_response")
    apply(store, message("2", text="SI"), now=at(60))
    ticket = only(store, "tickets")
    assert (ticket["status"], ticket["comments_count"], ticket["updated_at"]) == (
        "customer_responded",
        1,
        at(60),
    )
    changed, replied = facts(store)[-2:]
    assert changed.type == ticket_fact.STATUS_CHANGED
    assert (changed.data.previous_status.key, changed.data.status.key) == (
        "waiting_for_response",
        "customer_responded",
    )
    assert (replied.type, replied.data.status.key) == (ticket_fact.CUSTOMER_REPLIED, "customer_responded")
    assert store.collections["counters"]["customer_responded"]["n"] == 1
    assert store.collections["counters"]["waiting_for_response"]["n"] == -1
    assert [entry["what"] for entry in store.collections["history"].values()] == ["opened", "status"]


def test_a_message_on_a_closed_ticket_opens_it_again(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    move(store, "TT1", "closed")
    assert only(store, "conversations")["open_ticket_id"] is None
    apply(store, message("2"), now=at(60))
    ticket = only(store, "tickets")
    assert (ticket["number"], ticket["status"], ticket["closed_at"]) == ("TT1", "open", None)
    assert only(store, "conversations")["open_ticket_id"] == ticket["_id"]


def test_a_channel_without_automatic_tickets_keeps_everything_but_opens_none(store: MemoryDeskStore) -> None:
    automatic = {"whatsapp-main": False}
    apply(store, message("1"), message("2"), automatic=automatic)
    assert len(store.collections["contacts"]) == len(store.collections["conversations"]) == 1
    assert store.collections["tickets"] == {}
    assert [each["ticket_id"] for each in store.collections["messages"].values()] == [None, None]
    assert [each["part"] for each in store.collections["messages"].values()] == [None, None]
    assert facts(store) == []
    apply(store, message("3", channel="other"), automatic=automatic)
    assert only(store, "tickets")["channel_id"] == "other"


def test_numbers_grow_in_the_order_of_arrival(store: MemoryDeskStore) -> None:
    apply(store, *[message(str(n), sender=f"+39335{n:07d}") for n in range(5)])
    apply(store, message("5", sender="+393350000005"))
    assert [each["number"] for each in store.collections["tickets"].values()] == [
        "TT1",
        "TT2",
        "TT3",
        "TT4",
        "TT5",
        "TT6",
    ]


def test_a_person_is_known_by_any_identity_and_the_new_ones_are_added(store: MemoryDeskStore) -> None:
    apply(store, message("1", sender=[phone(ANNA)]))
    apply(store, message("2", sender=[phone(ANNA), scoped("IT.1")]))
    apply(store, message("3", sender=[scoped("IT.1")], name="Anna Rossi"))
    contact = only(store, "contacts")
    assert [each["key"] for each in contact["identities"]] == [f"whatsapp:{ANNA}", "whatsapp_user:IT.1"]
    assert contact["name"] == "Anna Rossi"
    assert only(store, "tickets")["comments_count"] == 2
    assert only(store, "conversations")["recipient"]["address"] == "IT.1"


def test_the_same_person_in_one_batch_by_phone_and_by_id_is_one_lead(store: MemoryDeskStore) -> None:
    both = [phone(ANNA), scoped("IT.1")]
    apply(store, message("1", sender=both[:1]), message("2", sender=both), message("3", sender=both[1:]))
    assert len(only(store, "contacts")["identities"]) == 2
    assert only(store, "tickets")["comments_count"] == 2


def test_two_leads_that_prove_to_be_one_person_stay_apart_and_the_older_gets_the_message(
    store: MemoryDeskStore,
) -> None:
    apply(store, message("1", sender=[scoped("IT.1")]), now=at(0))
    apply(store, message("2", sender=[phone(ANNA)]), now=at(10))
    apply(store, message("3", sender=[phone(ANNA), scoped("IT.1")], text="me"), now=at(20))
    older, younger = store.collections["contacts"].values()
    assert [each["key"] for each in older["identities"]] == ["whatsapp_user:IT.1"]
    assert [each["key"] for each in younger["identities"]] == [f"whatsapp:{ANNA}"]
    said = next(each for each in store.collections["messages"].values() if each["text"] == "me")
    assert (said["contact_id"], said["part"], said["number"]) == (older["_id"], "comment", 1)


def test_a_contact_keeps_the_name_the_desk_gave_it(store: MemoryDeskStore) -> None:
    apply(store, message("1", name="annie"))
    only(store, "contacts")["stage"] = CONTACT
    only(store, "contacts")["name"] = "Anna Rossi"
    apply(store, message("2", name="annie 🌻"))
    assert only(store, "contacts")["name"] == "Anna Rossi"
    assert only(store, "conversations")["recipient"]["name"] == "annie 🌻"


def test_late_messages_do_not_move_the_window_back(store: MemoryDeskStore) -> None:
    apply(store, message("1", occurred=at(100), received=at(101)))
    apply(store, message("2", occurred=at(-7 * 86_400), received=at(200)))
    assert only(store, "conversations")["last_inbound_at"] == at(100)
    assert only(store, "tickets")["last_customer_message_at"] == at(100)


def test_what_would_break_a_database_is_stored_harmless(store: MemoryDeskStore) -> None:
    apply(
        store,
        message(
            "1",
            text="a\x00b\ud800",
            name="N\x00\udfff",
            content={"a.b": {"$where": 1}, "\x00": 2**80},
            raw="\ud800",
            kind="contacts",
        ),
    )
    said = only(store, "messages")
    assert said["text"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert said["content"] == {"a.b": {"$where": 1}, "\N{REPLACEMENT CHARACTER}": str(2**80)}
    assert "\x00" not in only(store, "contacts")["name"]


def test_a_kind_without_text_is_shown_as_such_and_kept_with_its_raw_payload(store: MemoryDeskStore) -> None:
    apply(store, message("1", kind="sticker", text="", raw='{"type":"sticker"}'))
    assert only(store, "tickets")["description"][0]["text"] == "[sticker]"
    assert (only(store, "messages")["kind"], only(store, "messages")["raw"]) == (
        "sticker",
        '{"type":"sticker"}',
    )


def test_when_others_are_faster_it_decides_again() -> None:
    rivals = [message("rival-1"), message("rival-2", sender=BRUNO)]
    store = MemoryDeskStore()

    def be_faster() -> None:
        if rivals:
            rival = rivals.pop()
            apply(store, rival)

    store._before_save = be_faster
    apply(store, message("1"), message("2", sender=BRUNO))
    assert len(store.collections["contacts"]) == len(store.collections["tickets"]) == 2
    assert sorted(each["comments_count"] for each in store.collections["tickets"].values()) == [1, 1]
    assert len({each["number"] for each in store.collections["tickets"].values()}) == 2


def test_it_gives_up_when_others_are_faster_for_ever_and_nothing_is_saved() -> None:
    store = MemoryDeskStore()

    def never() -> None:
        raise Conflict("always")

    store._before_save = never
    with pytest.raises(Conflict):
        apply(store, message("1"))
    assert store.collections["messages"] == {}


def test_documents_that_stay_held_are_waited_for_instead_of_given_up() -> None:
    store = MemoryDeskStore()

    def never() -> None:
        raise Held("by a killed process")

    store._before_save = never
    with pytest.raises(Unavailable, match="killed process"):
        apply(store, message("1"))


def test_a_database_that_is_away_is_said_to_be_away(store: MemoryDeskStore) -> None:
    store.away = True
    with pytest.raises(Unavailable):
        apply(store, message("1"))
