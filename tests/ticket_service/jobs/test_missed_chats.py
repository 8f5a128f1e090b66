"""Missed chats: what nobody answers becomes an open ticket, if there is a way to answer it (S003)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.ticket_service.act.from_conversation import open_from_conversation
from services.ticket_service.act.opening import Wanted
from services.ticket_service.acting import Frame
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.chat_offer import ChatOffer
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.jobs.missed_chats import open_missed
from services.ticket_service.ports import Changes
from shared.contracts import visitor_acted
from shared.contracts.catalogue import decode
from shared.contracts.envelope import new_traceparent
from shared.contracts.visitor import Visitor
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, SECOND, a_desk, apply, at
from tests.ticket_service.building_chat import CHAT_CHANNEL, GIULIA, acted, chat_message, set_chat, visit

REACHABLE = Visitor(email="giulia@bianchi.example")
MINUTE = 60 * SECOND


class MemoryWaitingChats:
    """Finds them in the memory store, as store/waiting_chats.py does in the database."""

    def __init__(self, store: MemoryDeskStore) -> None:
        self._store = store

    def missed(self, channel_id: str, before: datetime, limit: int) -> Sequence[str]:
        """Those that wait since then, or whose visitor has left."""
        talks = self._store.load_conversations(list(self._store.collections["conversations"])).values()
        found = [
            (each.waiting_since, each.id)
            for each in talks
            if each.waiting_since is not None
            and each.missed_at is None
            and each.channel_id == channel_id
            and (each.waiting_since <= before or not each.present)
        ]
        return [each for _, each in sorted(found)][:limit]


class Rig:
    """A desk with one live chat whose tickets are opened for what was missed."""

    def __init__(self) -> None:
        self.store = MemoryDeskStore()
        set_chat(self.store, tickets="missed", missed_after_minutes=3)

    def online(self, online: bool) -> None:
        known = self.store.record(ChatOffer, CHAT_CHANNEL)
        changes = Changes()
        changes.touch(ChatOffer(CHAT_CHANNEL, 1, "", online, NOW, known.version if known else 0))
        self.store.save(changes)

    def after(self, passed: timedelta) -> int:
        desk = a_desk(self.store, NOW + passed, f"job-{passed}")
        return open_missed(desk, MemoryWaitingChats(self.store), NOW + passed)

    @property
    def talk(self) -> dict[str, Any]:
        (found,) = self.store.collections["conversations"].values()
        return found

    def tickets(self) -> list[dict[str, Any]]:
        return list(self.store.collections["tickets"].values())


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_what_came_while_the_desk_is_away_is_an_open_ticket_at_once(rig: Rig) -> None:
    rig.online(False)
    apply(rig.store, chat_message("1", text="C'è nessuno?", visitor=REACHABLE))
    apply(rig.store, chat_message("2", text="Ordine 77", occurred=at(1)), now=at(1))
    assert rig.tickets() == []
    assert rig.talk["waiting_since"] == NOW
    assert rig.after(2 * SECOND) == 1
    (ticket,) = rig.tickets()
    assert (ticket["status"], ticket["created_by"]["kind"], ticket["comments_count"]) == (
        "open",
        "customer",
        1,
    )
    assert [line["text"] for line in ticket["description"]] == ["C'è nessuno?"]
    said = rig.store.collections["messages"].values()
    assert [(each["part"], each["number"], each["ticket_id"]) for each in said] == [
        ("description", None, ticket["_id"]),
        ("comment", 1, ticket["_id"]),
    ]
    assert (rig.talk["waiting_since"], rig.talk["open_ticket_id"]) == (None, ticket["_id"])
    told = [decode(each["body"]).type for each in rig.store.collections["outbox"].values()]
    assert told == ["ticket.opened"]
    assert rig.after(10 * MINUTE) == 0


def test_online_the_visitor_waits_as_long_as_the_desk_says(rig: Rig) -> None:
    rig.online(True)
    apply(rig.store, chat_message(visitor=REACHABLE))
    assert rig.after(3 * MINUTE - SECOND) == 0
    assert rig.after(3 * MINUTE) == 1
    assert len(rig.tickets()) == 1


def test_whoever_leaves_has_waited_long_enough(rig: Rig) -> None:
    apply(rig.store, chat_message(visitor=REACHABLE))
    visit(rig.store, acted(visitor_acted.LEFT, at=at(20)), now=at(20))
    assert rig.after(21 * SECOND) == 1


def test_without_an_address_it_stays_in_the_list_as_missed_until_there_is_one(rig: Rig) -> None:
    rig.online(False)
    apply(rig.store, chat_message())
    assert rig.after(SECOND) == 1
    assert rig.after(MINUTE) == 0
    assert rig.tickets() == []
    assert (rig.talk["missed_at"], rig.talk["waiting_since"]) == (at(1), NOW)
    visit(rig.store, acted(visitor_acted.TOLD, at=at(90), visitor=REACHABLE), now=at(90))
    assert rig.after(2 * MINUTE) == 1
    assert len(rig.tickets()) == 1
    assert (rig.talk["missed_at"], rig.talk["waiting_since"]) == (None, None)


def test_whom_the_site_vouches_for_can_be_reached(rig: Rig) -> None:
    rig.online(False)
    apply(rig.store, chat_message("1", "u-0001", visitor=Visitor(verified=True)))
    rig.after(SECOND)
    assert len(rig.tickets()) == 1


def test_agents_open_the_ticket_during_the_chat_and_nothing_is_missed(rig: Rig) -> None:
    apply(rig.store, chat_message(visitor=REACHABLE))
    frame = Frame(Actor(AGENT, "anna", "Anna"), new_traceparent(), lambda: None)
    desk = a_desk(rig.store, at(30), "agent")
    talk = rig.talk["_id"]
    open_from_conversation(desk, talk, None, Wanted(), (), frame, lambda opened: None)
    assert rig.talk["waiting_since"] is None
    apply(rig.store, chat_message("2", text="Grazie", occurred=at(40)), now=at(40))
    assert rig.after(10 * MINUTE) == 0
    (ticket,) = rig.tickets()
    assert ticket["comments_count"] == 1


def test_what_comes_after_the_ticket_is_closed_joins_it_again(rig: Rig) -> None:
    rig.online(False)
    apply(rig.store, chat_message(visitor=REACHABLE))
    rig.after(SECOND)
    loaded = rig.store.load_ticket("TT1")
    assert loaded is not None
    assert loaded.conversation is not None
    loaded.ticket.set_status(rig.store.workflow().status("closed"), at(60))
    loaded.conversation.ticket_moved(loaded.ticket.id, closed=True)
    changes = Changes()
    changes.touch(loaded.ticket, loaded.conversation)
    rig.store.save(changes)
    apply(rig.store, chat_message("2", occurred=at(120)), now=at(120))
    assert rig.talk["waiting_since"] is None
    assert [each["comments_count"] for each in rig.tickets()] == [1]


def test_a_blocked_sender_waits_for_nobody(rig: Rig) -> None:
    changes = Changes()
    changes.touch(BlockedSender(f"webchat:{GIULIA}", "webchat", GIULIA, NOW, Actor(AGENT, "anna", "Anna")))
    rig.store.save(changes)
    apply(rig.store, chat_message(visitor=REACHABLE))
    assert rig.talk["waiting_since"] is None


def test_a_chat_that_opens_tickets_at_once_does_so(rig: Rig) -> None:
    set_chat(rig.store, tickets="at_once")
    apply(rig.store, chat_message())
    assert len(rig.tickets()) == 1
    assert rig.after(10 * MINUTE) == 0


def test_what_was_waiting_when_the_desk_chose_otherwise_is_left_alone(rig: Rig) -> None:
    apply(rig.store, chat_message(visitor=REACHABLE))
    set_chat(rig.store, tickets="at_once")
    assert rig.after(10 * MINUTE) == 0
    apply(rig.store, chat_message("2", occurred=at(700)), now=at(700))
    assert len(rig.tickets()) == 1
    assert rig.talk["waiting_since"] is None
