"""A visitor who was blocked and comes back as somebody new, and who else writes from the same network."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from services.ticket_service.act.from_conversation import open_from_conversation
from services.ticket_service.act.opening import Wanted
from services.ticket_service.act.spam import block, unblock
from services.ticket_service.acting import Frame
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.identity import Identity
from shared.contracts.envelope import new_traceparent
from shared.contracts.visitor import Visitor
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import a_desk, apply, at
from tests.ticket_service.building_chat import chat_message, set_chat
from tests.ticket_service.conftest import Stored

OFFICE, HOME = Visitor(network="0ff1ce"), Visitor(network="403e")
FRAME = Frame(Actor(AGENT, "anna", "Anna"), new_traceparent(), lambda: None)


class Chat:
    """A live chat, with a clock."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.now = at(0)
        self._said = 0

    def forward(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def writes(self, who: str, where: Visitor) -> bool:
        """Somebody writes; whether what they wrote is on a ticket."""
        self._said += 1
        event = chat_message(str(self._said), who, visitor=where, occurred=self.now)
        self._fresh()
        apply(self.stored.store, event, now=self.now)
        (said,) = [each for each in self.stored.look("messages") if each["_id"] == event.data.dedupe_key]
        return said["ticket_id"] is not None

    def blocks(self, who: str) -> BlockedSender:
        desk = a_desk(self.stored.store, self.now, f"block-{who}")
        return block(desk, Identity("webchat", who, who), "Vende tappeti", FRAME, lambda each: None)

    def lifts(self, who: str) -> None:
        unblock(a_desk(self.stored.store, self.now, "lift"), f"webchat:{who}", FRAME)

    def talk_of(self, who: str) -> str:
        (talk,) = [each for each in self.stored.look("conversations") if each["contact_key"].endswith(who)]
        found: str = talk["_id"]
        return found

    def _fresh(self) -> None:
        """Another process' block counts after some seconds; tests do not wait for them."""
        cached = getattr(self.stored.store, "_cached", None)
        if cached is not None:
            cached.clear()


def in_memory() -> Chat:
    store = MemoryDeskStore()
    return Chat(Stored(store, lambda name: list(copy.deepcopy(store.collections)[name].values())))


@pytest.fixture
def chat() -> Chat:
    """Somebody wrote from the office and was blocked; a customer had written from there before."""
    return with_spam(in_memory())


def with_spam(chat: Chat) -> Chat:
    assert chat.writes("v-customer", OFFICE)
    assert chat.writes("v-spammer", OFFICE)
    chat.forward(minutes=1)
    assert chat.blocks("v-spammer").networks == [OFFICE.network]
    chat.forward(minutes=1)
    return chat


def test_who_is_new_in_the_network_is_kept_out_for_a_day_and_nobody_else_is(stored: Stored) -> None:
    chat = with_spam(Chat(stored))
    assert not chat.writes("v-spammer", HOME)
    assert not chat.writes("v-spammer-again", OFFICE)
    assert not chat.writes("v-spammer-again", OFFICE), "their first message made them known, not welcome"
    assert chat.writes("v-customer", OFFICE), "known before"
    assert chat.writes("v-somebody", HOME), "from elsewhere"
    assert chat.writes("u-known-to-the-site", Visitor(verified=True)), "vouched for, so without a mark"
    chat.forward(hours=23, minutes=58)
    assert not chat.writes("v-late", OFFICE)
    chat.forward(minutes=1)
    assert chat.writes("v-late", OFFICE)
    assert not chat.writes("v-spammer", OFFICE)


def test_lifting_the_block_lifts_the_networks(chat: Chat) -> None:
    assert not chat.writes("v-again", OFFICE)
    chat.lifts("v-spammer")
    assert chat.writes("v-again", OFFICE)
    assert chat.writes("v-spammer", OFFICE)


def test_who_wrote_before_the_block_is_let_in_also_without_a_ticket() -> None:
    chat = in_memory()
    set_chat(chat.stored.store, tickets="missed")
    assert not chat.writes("v-known", OFFICE), "nobody has opened a ticket yet"
    chat.forward(minutes=1)
    set_chat(chat.stored.store, tickets="at_once")
    with_spam(chat)
    assert chat.writes("v-known", OFFICE)


def test_with_whom_somebody_opened_a_ticket_is_let_in(chat: Chat) -> None:
    assert not chat.writes("v-new", OFFICE)
    desk = a_desk(chat.stored.store, chat.now, "agent")
    open_from_conversation(desk, chat.talk_of("v-new"), None, Wanted(), (), FRAME, lambda opened: None)
    chat.forward(minutes=1)
    assert chat.writes("v-new", OFFICE)


def test_many_new_visitors_at_once_are_all_kept_out(chat: Chat) -> None:
    chat._fresh()
    events = [chat_message("1", f"v-new-{n}", visitor=OFFICE, occurred=chat.now) for n in range(5)]
    before = len(chat.stored.look("tickets"))
    apply(chat.stored.store, *events, now=chat.now)
    assert len(chat.stored.look("tickets")) == before
    assert chat.stored.counts()["messages"] == 7


def test_a_block_of_somebody_who_never_wrote_has_no_network() -> None:
    chat = in_memory()
    assert chat.blocks("v-unheard-of").networks == []
    assert chat.writes("v-other", Visitor())


def test_no_network_is_blocked_by_the_mark_that_nobody_has() -> None:
    chat = in_memory()
    chat.writes("v-unmarked", Visitor())
    assert chat.blocks("v-unmarked").network_until(chat.now) is None
    assert chat.writes("v-other", Visitor())
