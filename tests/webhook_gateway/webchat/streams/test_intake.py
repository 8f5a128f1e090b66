"""What the broker brings for live chats is kept in its order; what makes no sense is set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.webhook_gateway.chat_ports import Standing
from services.webhook_gateway.chats.intake import ErasureIntake, LineIntake, OfferIntake, SignIntake
from shared.contracts import chat_offered, chat_posted, chat_signalled, contact_erased
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.presence_requested import READ, TYPING
from shared.messaging.message import Delivery, Poison, outgoing
from tests.support.memory_chats import MemoryChats, MemoryOffers
from tests.webhook_gateway.webchat.streams.building import (
    ANNA,
    BRUNO,
    CHANNEL,
    NOW,
    chat,
    erased,
    said,
    signed,
)


def delivered(event_type: str, *said: Any) -> list[Delivery]:
    """These, as the broker brings them."""
    events = [Event(str(each), "test", event_type, NOW, "", each, new_traceparent()) for each in said]
    return [delivery(outgoing(event).body) for event in events]


def delivery(body: bytes) -> Delivery:
    return Delivery("webhook_gateway.worker", "sportello", "", body)


def test_a_batch_of_lines_is_kept_in_its_order() -> None:
    chats = MemoryChats()
    LineIntake(chats)(delivered(chat_posted.TYPE, said("one"), said("two"), said("one")))
    assert [line.posted.text for line in chats.after(chat(), 0, 10)] == ["one", "two"]


def test_who_was_writing_a_while_ago_may_have_stopped_but_what_was_read_is_read() -> None:
    chats = MemoryChats()
    chats.post([said("one")])
    signs = [
        signed(READ, f"{ANNA}.one"),
        signed(TYPING, "x", at=50),
        signed(TYPING, "x", BRUNO, at=51),
    ]
    SignIntake(chats, lambda: NOW + timedelta(seconds=60))(delivered(chat_signalled.TYPE, *signs))
    assert chats.standing(chat()) == Standing(1, 1)
    assert list(chats.typing) == [chat(BRUNO)]


@pytest.mark.parametrize("revisions", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_of_several_offers_the_latest_is_kept(revisions: Sequence[int]) -> None:
    offers = MemoryOffers()
    OfferIntake(offers)(delivered(chat_offered.TYPE, *(ChatOffered(CHANNEL, each) for each in revisions)))
    found = offers.get(CHANNEL)
    assert found is not None
    assert found.revision == 3


def test_persons_are_forgotten() -> None:
    chats = MemoryChats()
    chats.post([said("one")])
    ErasureIntake(chats)(delivered(contact_erased.TYPE, erased(ANNA, at=1)))
    assert chats.after(chat(), 0, 10) == []


@pytest.mark.parametrize(
    "intake",
    [
        LineIntake(MemoryChats()),
        SignIntake(MemoryChats(), lambda: NOW),
        OfferIntake(MemoryOffers()),
        ErasureIntake(MemoryChats()),
    ],
)
def test_what_makes_no_sense_is_poison(intake: Callable[[Sequence[Delivery]], None]) -> None:
    other = delivered(chat_offered.TYPE, ChatOffered(CHANNEL, 1))
    if isinstance(intake, OfferIntake):
        other = delivered(chat_posted.TYPE, said("one"))
    with pytest.raises(Poison):
        intake(other)
    with pytest.raises(Poison):
        intake([delivery(b"no event")])
