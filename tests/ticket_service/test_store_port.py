"""What every desk store must do; run on the real one and on its in-memory twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.ticket_service.announce import Cause, opened
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.claim import Claim
from services.ticket_service.domain.contact import LEAD, Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.erasure import erase_conversation, erase_ticket
from services.ticket_service.domain.history import CUSTOMER, OPENED, Actor, HistoryEntry
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.message import (
    IN,
    PUBLIC,
    Arrivals,
    Delivery,
    DeliveryReport,
    Message,
)
from services.ticket_service.domain.quarantine import (
    DISCARDED,
    HELD,
    REPLAYED,
    QuarantineDecision,
    QuarantineItem,
    Replay,
)
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.visit import Visit, VisitedPage
from services.ticket_service.ports import Changes, Conflict, IdempotencyRecord
from shared.messaging.message import Outgoing
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, at
from tests.ticket_service.conftest import Stored

PHONE = Identity("phone", "+391", "391")
ANNA = Actor(CUSTOMER, "c1", "Anna")


def a_contact(contact_id: str = "c1", *identities: Identity) -> Contact:
    return Contact(contact_id, LEAD, "Anna", list(identities) or [PHONE], NOW, NOW)


def a_conversation(conversation_id: str = "v1", contact_id: str = "c1") -> Conversation:
    recipient = Recipient("phone", "391", "Anna")
    return Conversation(
        conversation_id, contact_id, "main", "chat", "k", recipient, NOW, 86_400, "t1", "t1", NOW, NOW
    )


def a_ticket(ticket_id: str = "t1", sequence: int = 1) -> Ticket:
    return Ticket(
        ticket_id, f"TT{sequence}", sequence, "title", "open", "main", "chat", "c1", "v1", NOW, NOW, ANNA
    )


def a_message(message_id: str = "m1") -> Message:
    return Message(message_id, IN, PUBLIC, ANNA, "text", "Buongiorno", NOW, NOW, "v1", "t1", "c1")


def everything() -> Changes:
    """One of each, as a first message makes them."""
    changes = Changes(messages=[a_message()])
    contact, conversation, ticket = a_contact(), a_conversation(), a_ticket()
    ticket.describe(changes.messages[0])
    changes.touch(contact, conversation, ticket, None)
    changes.history.append(HistoryEntry("h1", "t1", NOW, ANNA, OPENED, None, "open"))
    changes.counters["open"] += 1
    status = MemoryDeskStore().workflow().opening
    changes.events.append(opened(ticket, conversation, status, "Buongiorno", Cause("00-a-b-01", "cause")))
    changes.outgoing.append(Outgoing("exchange", "key", b"bytes \x00\xff"))
    changes.idempotency = IdempotencyRecord("i1", "f", 201, "{}", {"ETag": '"1"'}, NOW)
    return changes


def test_what_is_saved_is_loaded_as_it_was(stored: Stored) -> None:
    stored.store.save(everything())
    working = stored.store.load_inbound(["phone:+391", "phone:+392"], ["main", "other"])
    expected = everything()
    for each in (working.contacts["c1"], working.conversations["v1"], working.tickets["t1"]):
        assert each.version == 1
        each.version = 0
    assert working.contacts == expected.contacts
    assert working.conversations == expected.conversations
    assert working.tickets == expected.tickets
    loaded = stored.store.load_ticket("TT1")
    assert loaded is not None
    assert loaded.conversation is not None
    assert (loaded.ticket.id, loaded.requester.id, loaded.conversation.id) == ("t1", "c1", "v1")
    assert (loaded.ticket.version, loaded.requester.version, loaded.conversation.version) == (1, 1, 1)
    assert stored.counts() == {
        "contacts": 1,
        "conversations": 1,
        "tickets": 1,
        "messages": 1,
        "history": 1,
        "outbox": 2,
        "idempotency": 1,
    }
    bodies = [bytes(document["body"]) for document in stored.look("outbox")]
    assert b"bytes \x00\xff" in bodies
    assert any(b"ticket.opened" in body for body in bodies)


def test_what_is_known_of_a_visitor_is_loaded_as_it_was_and_so_is_that_it_is_forgotten(
    stored: Stored,
) -> None:
    contact, talk, ticket = a_contact(), a_conversation(), a_ticket()
    contact.claims = [Claim("email", "anna@example.com", NOW, "chat"), Claim("phone", "+391", at(1), "chat")]
    contact.not_same = ["c9"]
    talk.channel_kind = CHAT
    page = VisitedPage("https://shop.example/", NOW, "Shop")
    talk.visit = Visit(
        NOW, "https://x.example/", [page], {"source": "ad"}, "it", "Europe/Rome", {"a": "b"}, ["c"]
    )
    talk.present_at, talk.left_at, talk.waiting_since, talk.missed_at = NOW, at(1), at(2), at(3)
    ticket.satisfaction = Satisfaction(4, "Bene", NOW)
    changes = Changes()
    changes.touch(contact, talk, ticket)
    stored.store.save(changes)
    found = stored.store.load_ticket("TT1")
    assert found is not None
    assert found.conversation is not None
    assert (found.requester.claims, found.requester.not_same) == (contact.claims, ["c9"])
    assert replace(found.conversation, version=0) == talk
    assert found.ticket.satisfaction == ticket.satisfaction
    found.requester.erase(at(9))
    erase_conversation(found.conversation, at(9))
    erase_ticket(found.ticket, at(9))
    changes = Changes()
    changes.touch(found.requester, found.conversation, found.ticket)
    stored.store.save(changes)
    kept = stored.look("contacts") + stored.look("conversations") + stored.look("tickets")
    assert not [word for word in ("anna@example.com", "shop.example", "Bene") if word in str(kept)]


def test_what_does_not_exist_is_simply_missing(stored: Stored) -> None:
    working = stored.store.load_inbound(["phone:+391"], ["main"])
    assert (working.contacts, working.conversations, working.tickets) == ({}, {}, {})
    assert stored.store.load_ticket("TT1") is None
    assert stored.store.load_arrivals(["m1"], ["p"]) == Arrivals()
    assert stored.store.load_deliveries([], [], [], [])[0] == set()


def test_only_what_is_concerned_is_loaded(stored: Stored) -> None:
    other = Changes(messages=[a_message("m2")])
    other.touch(a_contact("c2", Identity("phone", "+392", "392")), a_conversation("v2", "c2"))
    stored.store.save(everything())
    stored.store.save(other)
    assert set(stored.store.load_inbound(["phone:+391"], ["main"]).conversations) == {"v1"}
    assert stored.store.load_inbound(["phone:+391"], ["other"]).conversations == {}
    assert stored.store.load_arrivals(["m1", "m2", "m3"], []).known == {"m1", "m2"}
    known, working = stored.store.load_deliveries(["m2", "m3"], [], ["v2", "v9"], ["TT1", "TT9"])
    assert (known, set(working.conversations), set(working.tickets)) == ({"m2"}, {"v2"}, {"t1"})


def test_of_a_conversation_the_ticket_to_reopen_is_loaded(stored: Stored) -> None:
    changes = everything()
    changes.conversations["v1"].open_ticket_id = None
    stored.store.save(changes)
    assert set(stored.store.load_inbound(["phone:+391"], ["main"]).tickets) == {"t1"}


def test_a_change_is_saved_and_raises_the_version(stored: Stored) -> None:
    stored.store.save(everything())
    working = stored.store.load_inbound(["phone:+391"], ["main"])
    changes = Changes()
    working.tickets["t1"].comments_count = 7
    working.contacts["c1"].name = "Anna Rossi"
    changes.touch(working.tickets["t1"], working.contacts["c1"])
    stored.store.save(changes)
    again = stored.store.load_inbound(["phone:+391"], ["main"])
    assert (again.tickets["t1"].comments_count, again.tickets["t1"].version) == (7, 2)
    assert (again.contacts["c1"].name, again.contacts["c1"].version) == ("Anna Rossi", 2)
    assert again.conversations["v1"].version == 1


def _stale(each: Contact | Conversation | Ticket, version: int = 5) -> Changes:
    """Changes that are right but for one version."""
    each.version = version
    return _second(stale=each)


def test_of_two_who_loaded_the_same_only_the_first_is_saved(stored: Stored) -> None:
    stored.store.save(everything())
    first, second = (stored.store.load_inbound(["phone:+391"], ["main"]).tickets["t1"] for _ in range(2))
    first.title, second.title = "first", "second"
    stored.store.save(Changes(tickets={"t1": first}))
    with pytest.raises(Conflict):
        stored.store.save(Changes(tickets={"t1": second}))
    (ticket,) = stored.look("tickets")
    assert (ticket["title"], ticket["version"]) == ("first", 2)


def _second(**new: Any) -> Changes:
    """Changes that clash with `everything` in one thing only."""
    changes = Changes(messages=[a_message("m2")], counters=everything().counters)
    changes.history.append(HistoryEntry("h2", "t2", NOW, ANNA, OPENED, None, "open"))
    changes.touch(*new.values())
    return changes


@pytest.mark.parametrize(
    "clashing",
    [
        pytest.param(lambda: _stale(a_contact()), id="contact changed since"),
        pytest.param(lambda: _stale(a_conversation()), id="conversation changed since"),
        pytest.param(lambda: _stale(a_ticket()), id="ticket changed since"),
        pytest.param(lambda: _stale(a_ticket("t9", 9), 1), id="ticket gone since"),
        pytest.param(lambda: _second(contact=a_contact("c2", PHONE)), id="identity taken"),
        pytest.param(lambda: _second(conversation=a_conversation("v2")), id="second conversation"),
        pytest.param(lambda: _second(ticket=a_ticket("t2")), id="ticket number taken"),
        pytest.param(lambda: Changes(messages=[a_message("m2"), a_message()]), id="message known"),
        pytest.param(
            lambda: Changes(messages=[a_message("m2")], idempotency=everything().idempotency), id="answered"
        ),
        pytest.param(
            lambda: Changes(
                messages=[a_message("m2")],
                deliveries=[DeliveryReport("none", Delivery("sent", 1, {}, NOW), [])],
            ),
            id="delivery of nothing",
        ),
        pytest.param(
            lambda: Changes(
                messages=[a_message("m2")], quarantine_decisions=[QuarantineDecision("q", REPLAYED, NOW, "u")]
            ),
            id="decision on nothing",
        ),
    ],
)
def test_a_clash_is_a_conflict_and_nothing_at_all_is_written(
    stored: Stored, clashing: Callable[[], Changes]
) -> None:
    stored.store.save(everything())
    before = stored.counts(), stored.look("counters"), stored.look("tickets"), stored.look("contacts")
    with pytest.raises(Conflict):
        stored.store.save(clashing())
    assert before == (
        stored.counts(),
        stored.look("counters"),
        stored.look("tickets"),
        stored.look("contacts"),
    )


def test_an_event_that_breaks_its_contract_is_refused_before_anything_is_written(stored: Stored) -> None:
    changes = everything()
    object.__setattr__(changes.events[0].data, "ticket_number", "")
    with pytest.raises(ValueError, match="breaks its contract"):
        stored.store.save(changes)
    assert set(stored.counts().values()) == {0}


def test_numbers_are_given_out_once_and_grow(stored: Stored) -> None:
    first = stored.store.reserve_numbers("tickets", 3)
    second = stored.store.reserve_numbers("tickets", 1)
    assert first == sorted(first)
    assert len({*first, *second}) == 4
    assert second[0] > first[-1]
    assert stored.store.reserve_numbers("tickets:2025", 2, start=100) == [100, 101]
    assert stored.store.reserve_numbers("tickets:2025", 2, start=7) == [102, 103]


def test_counters_add_up(stored: Stored) -> None:
    for _ in range(3):
        changes = Changes()
        changes.counters.update({"open": 2, "closed": -1, "same": 0})
        stored.store.save(changes)
    totals: dict[str, int] = {}
    for counter in stored.look("counters"):
        key = counter["_id"].removeprefix("status:").partition(":")[0]
        totals[key] = totals.get(key, 0) + counter["n"]
    assert {key: n for key, n in totals.items() if n} == {"open": 6, "closed": -3}


def test_deliveries_are_merged_into_their_message(stored: Stored) -> None:
    stored.store.save(everything())
    read = Delivery("read", 3, {"sent": at(2), "read": at(9)}, at(1))
    sent = Delivery("sent", 1, {"sent": at(1)}, at(0))
    for delivery in (read, sent, read):
        stored.store.save(Changes(deliveries=[DeliveryReport("m1", delivery, ["provider.1"])]))
    (message,) = stored.look("messages")
    assert message["provider_message_ids"] == ["provider.1"]
    assert message["delivery"] == {
        "state": "read",
        "rank": 3,
        "times": {"sent": at(1), "read": at(9)},
        "queued_at": at(0),
        "error": None,
        "attempt": 0,
    }


def an_item(item_id: str = "q1", reason: str = "first", *, again: bool = False) -> QuarantineItem:
    replay = Replay("exchange", "key", b"\x00\xff")
    return QuarantineItem(item_id, "worker", reason, "detail", "payload", NOW, replay, held_again=again)


def test_an_item_is_kept_once_and_decided_on_once(stored: Stored) -> None:
    stored.store.save(Changes(quarantine=[an_item(), an_item("q2")]))
    stored.store.save(Changes(quarantine=[an_item(reason="second")]))
    assert [(each["_id"], each["reason"], each["state"]) for each in stored.look("quarantine")] == [
        ("q1", "first", HELD),
        ("q2", "first", HELD),
    ]
    assert bytes(stored.look("quarantine")[0]["replay"]["body"]) == b"\x00\xff"
    stored.store.save(Changes(quarantine_decisions=[QuarantineDecision("q1", DISCARDED, at(1), "u1")]))
    with pytest.raises(Conflict):
        stored.store.save(Changes(quarantine_decisions=[QuarantineDecision("q1", REPLAYED, at(2), "u2")]))
    decided = stored.look("quarantine")[0]
    assert (decided["state"], decided["decided_at"], decided["decided_by"]) == (DISCARDED, at(1), "u1")


def test_an_item_that_comes_back_after_a_decision_is_held_again_when_it_says_so(stored: Stored) -> None:
    stored.store.save(Changes(quarantine=[an_item(again=True)]))
    stored.store.save(Changes(quarantine_decisions=[QuarantineDecision("q1", REPLAYED, at(1), "u1")]))
    stored.store.save(Changes(quarantine=[an_item(reason="late")]))
    assert stored.look("quarantine")[0]["state"] == REPLAYED
    stored.store.save(Changes(quarantine=[an_item(reason="second", again=True)]))
    held = stored.look("quarantine")[0]
    assert (held["state"], held["reason"], held["decided_at"]) == (HELD, "second", None)


def test_saving_nothing_is_allowed(stored: Stored) -> None:
    stored.store.save(Changes())
    assert set(stored.counts().values()) == {0}


def test_the_desk_knows_its_statuses_and_settings(stored: Stored) -> None:
    assert stored.store.workflow().opening.key == "open"
    desk = stored.store.desk()
    assert str(desk.time_zone) == "UTC"
    assert desk.title_pattern == "{date} {time} - {address}"
