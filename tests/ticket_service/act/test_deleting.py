"""Deleting: out of sight at once, restorable for a time, then gone; nothing comes back by itself."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.ticket_service.act.composing import Said
from services.ticket_service.act.deleting import TooLateToRestore, delete, purge, restore
from services.ticket_service.act.merging import merge
from services.ticket_service.act.relations import relate
from services.ticket_service.act.replies import Then, reply
from services.ticket_service.acting import NotFound
from services.ticket_service.apply import apply_deliveries
from services.ticket_service.domain.attachment import Attachment
from tests.ticket_service.act.acting import Acting, forget
from tests.ticket_service.building import WINDOW, apply, changed, message

ANNA, BEA = "+393351032246", "+393351032247"


@pytest.fixture
def acting() -> Acting:
    return Acting()


def purged(acting: Acting, forgotten: list[Attachment] | None = None) -> int:
    def due(before: datetime, limit: int) -> list[str]:
        bin_ = acting.store.collections["deleted_tickets"].values()
        return [each["_id"] for each in bin_ if each["deleted_at"] <= before][:limit]

    return purge(acting.desk, due, (forgotten if forgotten is not None else []).extend, acting.now)


def count(acting: Acting) -> int:
    counters = acting.store.collections["counters"].values()
    return sum(each["n"] for each in counters)


def test_a_deleted_ticket_is_counted_and_found_no_more(acting: Acting) -> None:
    number = acting.opened(ANNA)
    assert count(acting) == 1
    delete(acting.desk, number, acting.frame())
    assert count(acting) == 0
    with pytest.raises(NotFound):
        delete(acting.desk, number, acting.frame())
    (fact,) = acting.events("ticket.deleted")
    assert fact.data.recipient.kind == "none"


def test_the_next_message_opens_another_ticket(acting: Acting) -> None:
    number = acting.opened(ANNA)
    delete(acting.desk, number, acting.frame())
    assert acting.opened(ANNA, "hello?") != number
    assert acting.said_on(number) == [(None, "Buongiorno")]


def test_an_answer_that_waited_leaves_only_from_a_ticket_that_is_there(acting: Acting) -> None:
    number = acting.opened(ANNA)
    acting.later(seconds=WINDOW + 1)
    said = Said("Trovato", draft_when_closed=True)
    reply(acting.desk, number, said, Then(), lambda channel: True, acting.frame(), forget)
    delete(acting.desk, number, acting.frame())
    acting.hear(ANNA, "hello?")
    assert acting.events("reply.requested") == []
    restore(acting.desk, number, acting.frame(), forget)
    acting.hear(ANNA, "anybody?")
    assert [each.data.content.text for each in acting.events("reply.requested")] == ["Trovato"]


def test_restored_it_is_joined_again(acting: Acting) -> None:
    number = acting.opened(ANNA)
    delete(acting.desk, number, acting.frame())
    restore(acting.desk, number, acting.frame(), forget)
    assert (acting.opened(ANNA, "hello?"), count(acting)) == (number, 1)


def test_restored_it_does_not_take_the_place_of_a_newer_one(acting: Acting) -> None:
    number = acting.opened(ANNA)
    delete(acting.desk, number, acting.frame())
    newer = acting.opened(ANNA, "hello?")
    restore(acting.desk, number, acting.frame(), forget)
    assert acting.opened(ANNA, "again") == newer


def test_what_is_not_deleted_cannot_be_restored(acting: Acting) -> None:
    with pytest.raises(NotFound):
        restore(acting.desk, acting.opened(ANNA), acting.frame(), forget)


def test_after_its_time_it_is_purged_and_cannot_be_restored(acting: Acting) -> None:
    number = acting.opened(ANNA)
    delete(acting.desk, number, acting.frame())
    acting.later(days=29, hours=23)
    assert purged(acting) == 0
    acting.later(hours=1)
    with pytest.raises(TooLateToRestore):
        restore(acting.desk, number, acting.frame(), forget)
    assert purged(acting) == 1
    for name in ("tickets", "messages", "history", "deleted_tickets", "relations"):
        assert not acting.store.collections[name], name
    assert purged(acting) == 0


def test_a_purged_message_delivered_again_does_not_come_back(acting: Acting) -> None:
    first = message("redelivered", sender=ANNA)
    apply(acting.store, first)
    (ticket,) = acting.store.collections["tickets"].values()
    delete(acting.desk, ticket["number"], acting.frame())
    acting.later(days=30)
    purged(acting)
    apply(acting.store, first)
    assert not acting.store.collections["messages"]
    assert not acting.store.collections["tickets"]


def test_a_receipt_for_a_purged_answer_is_no_mystery(acting: Acting) -> None:
    number = acting.opened(ANNA)
    reply(acting.desk, number, Said("Fatto"), Then(), lambda channel: True, acting.frame(), forget)
    (asked,) = acting.events("reply.requested")
    delete(acting.desk, number, acting.frame())
    acting.later(days=30)
    purged(acting)
    apply_deliveries([changed(asked.data.send_id, "read", ticket_number=number)], acting.desk)
    assert not acting.store.collections["messages"]


def test_ties_go_with_it(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    relate(acting.desk, one, "related", two, acting.frame(), forget)
    delete(acting.desk, one, acting.frame())
    acting.later(days=30)
    purged(acting)
    assert not acting.store.collections["relations"]
    assert acting.ticket(two).deleted_at is None


def test_of_a_deleted_survivor_no_conversation_is_left_behind(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    merge(acting.desk, two, one, acting.frame(), forget)
    delete(acting.desk, one, acting.frame())
    assert acting.opened(BEA, "hello?") not in (one, two)
