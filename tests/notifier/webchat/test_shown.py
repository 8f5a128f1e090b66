"""What happens to a ticket is shown in its chat: once, in its turn, and nobody is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.announce import Teller
from services.notifier.channels.webchat.send import WebchatSender
from services.notifier.channels.webchat.settings import WebchatSettings
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.notify import Notifier, OpeningReply
from services.notifier.ports import ChannelSender
from services.notifier.status import StatusKeeper
from shared.contracts import reply_requested, ticket_fact
from shared.contracts.chat_posted import DESK, TICKET_CLOSED, TICKET_OPENED, ChatAuthor
from shared.contracts.envelope import Event
from shared.contracts.ticket_fact import ActorRef
from shared.runtime.ids import new_id
from shared.texts.liquid import TextTemplate
from tests.notifier.building import (
    NOW,
    SECOND,
    Clock,
    ScriptedSender,
    a_deliverer,
    counter,
    event,
    reply_request,
)
from tests.notifier.tools import tools
from tests.notifier.webchat.lines import LineTaker
from tests.support.memory_delivery_store import MemoryDeliveryStore

CHANNEL = "webchat-main"
VISITOR = "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1"
AT = reply_requested.Recipient("webchat", VISITOR, "Giulia")
OPENED = f"ticket_opened-{ticket_fact.EXAMPLE.ticket_id}"


class Desk:
    """The notifier with a live chat, over a store in memory."""

    def __init__(self, opening: str = "Ticket {{ ticket.number }}") -> None:
        self.store = MemoryDeliveryStore()
        self.taker = LineTaker()
        self.clock = Clock()
        self.teller = Teller(self.clock, new_id)
        reply = OpeningReply(TextTemplate(opening)) if opening else None
        chat = WebchatSender(WebchatSettings(CHANNEL), tools(publish=self.taker.publish))
        self.senders: dict[str, ChannelSender] = {CHANNEL: chat, "whatsapp-main": ScriptedSender()}
        kinds = {CHANNEL: "webchat", "whatsapp-main": "whatsapp_cloud"}
        self.notifier = Notifier(kinds, self.senders, reply, self.teller, self.clock)
        self.deliverer = a_deliverer(self.store, self.senders, self.clock, counter("id"))

    def take(self, *events: Event) -> None:
        """Read a batch, then send all there is in the order of the conversation."""
        wanted = [one for each in events for one in self.notifier.wanted(each)]
        self.store.transact(lambda transaction: self.notifier.add(transaction, wanted))
        for _ in range(1 if self.taker.away else 10):
            for head in self.store.due_heads(CHANNEL, self.clock(), 10):
                self.deliverer.attempt(head)

    def shown(self) -> list[tuple[str, str]]:
        return [(line.kind, line.text or line.ticket_number) for line in self.taker.lines]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def a_fact(kind: str, **changes: Any) -> Event:
    fact = replace(
        ticket_fact.EXAMPLE,
        channel_id=CHANNEL,
        channel_kind="webchat",
        recipient=AT,
        conversation_id="c1",
        window_expires_at=None,
    )
    return event(kind, replace(fact, **changes), f"{kind}-{new_id()}")


def an_answer(send_id: str, text: str) -> Event:
    return reply_request(
        send_id, text, channel_id=CHANNEL, channel_kind="webchat", recipient=AT, window_expires_at=None
    )


def test_an_opened_ticket_is_a_line_with_its_number_before_the_desks_text(desk: Desk) -> None:
    desk.take(a_fact(ticket_fact.OPENED))
    assert desk.shown() == [(TICKET_OPENED, "TT24"), ("message", "Ticket TT24")]
    assert [line.author for line in desk.taker.lines] == [ChatAuthor(DESK), ChatAuthor(DESK)]
    assert desk.taker.lines[0].line_id == OPENED


def test_closed_comes_after_the_answers_that_were_asked_for_before(desk: Desk) -> None:
    desk.taker.away = True
    desk.take(an_answer("s1", "It is mended."), a_fact(ticket_fact.CLOSED))
    assert desk.shown() == []
    desk.taker.away = False
    desk.clock.advance(6)
    desk.take()
    assert desk.shown() == [("message", "It is mended."), (TICKET_CLOSED, "TT24")]


def test_a_fact_that_comes_again_shows_nothing_again_but_a_second_closing_does(desk: Desk) -> None:
    closed = a_fact(ticket_fact.CLOSED)
    later = a_fact(ticket_fact.CLOSED, happened_at=ticket_fact.EXAMPLE.happened_at + timedelta(days=1))
    desk.take(closed)
    desk.take(closed, later)
    assert desk.shown() == [(TICKET_CLOSED, "TT24")] * 2
    assert len({line.line_id for line in desk.taker.lines}) == 2


def test_the_desk_hears_nothing_of_these_lines_not_even_that_they_were_read(desk: Desk) -> None:
    silent = Desk(opening="")
    silent.take(a_fact(ticket_fact.OPENED))
    key = ProviderKey(CHANNEL, f"{VISITOR}.{OPENED}")
    keeper = StatusKeeper(silent.senders, silent.teller)
    silent.store.transact(lambda transaction: keeper.apply(transaction, [Receipt(key, "read", NOW)]))
    assert silent.store.delivery(OPENED).times["read"] == NOW
    assert silent.store.events() == []


def test_nothing_is_shown_nor_told_once_the_person_is_erased(desk: Desk) -> None:
    desk.store.transact(lambda transaction: transaction.close(["c1"]))
    desk.take(a_fact(ticket_fact.CLOSED))
    assert desk.shown() == []
    assert desk.store.events() == []


def test_the_desks_text_is_told_to_the_desk_as_on_every_channel(desk: Desk) -> None:
    desk.take(a_fact(ticket_fact.OPENED))
    assert {one.data.send_id for one in desk.store.events()} == {f"opening:{ticket_fact.EXAMPLE.ticket_id}"}


def test_an_agent_who_opens_a_ticket_while_they_talk_needs_no_automatic_text(desk: Desk) -> None:
    desk.take(a_fact(ticket_fact.OPENED, actor=ActorRef("agent", "u1", "Anna")))
    assert desk.shown() == [(TICKET_OPENED, "TT24")]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (ticket_fact.OPENED, {"notify_requester": False}),
        (ticket_fact.CLOSED, {"notify_requester": False}),
        (ticket_fact.CLOSED, {"recipient": reply_requested.Recipient("none", "")}),
        (ticket_fact.CLOSED, {"channel_id": "webchat-gone"}),
        (ticket_fact.CLOSED, {"channel_id": "whatsapp-main", "channel_kind": "whatsapp_cloud"}),
        (ticket_fact.REOPENED, {}),
        (ticket_fact.STATUS_CHANGED, {}),
        (ticket_fact.MERGED, {}),
    ],
)
def test_nothing_is_shown_of(desk: Desk, kind: str, changes: dict[str, Any]) -> None:
    desk.take(a_fact(kind, **changes))
    assert desk.shown() == []
    assert desk.store.deliveries() == []


def test_a_sender_that_died_is_replaced_after_seconds_for_a_line_may_be_sent_twice(desk: Desk) -> None:
    desk.taker.dies = True
    with pytest.raises(KeyboardInterrupt):
        desk.take(an_answer("s1", "Hello"))
    desk.taker.dies = False
    desk.clock.advance(14)
    desk.take()
    assert desk.shown() == []
    desk.clock.advance(2)
    desk.take()
    assert desk.shown() == [("message", "Hello")]
    assert desk.store.delivery("s1").times["sent"] == NOW + 16 * SECOND
