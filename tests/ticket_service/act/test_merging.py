"""Merging: everything goes to the survivor, also what comes later and what comes at the same moment."""

from __future__ import annotations

import pytest

from services.ticket_service.act.composing import Said
from services.ticket_service.act.loading import TicketMerged
from services.ticket_service.act.merging import CannotMerge, merge
from services.ticket_service.act.relations import open_children, relate, related_tickets
from services.ticket_service.act.replies import Then, reply
from services.ticket_service.apply import apply_deliveries
from tests.ticket_service.act.acting import Acting, forget
from tests.ticket_service.building import changed, notification

ANNA, BEA, CARL = "+393351032246", "+393351032247", "+393351032248"


@pytest.fixture
def acting() -> Acting:
    return Acting()


def merged(acting: Acting, number: str, into: str) -> None:
    merge(acting.desk, number, into, acting.frame(), forget)


def closed(acting: Acting, number: str) -> None:
    reply(
        *(acting.desk, number, Said("Fatto"), Then("closed"), lambda channel: True, acting.frame(), forget),
    )


def test_all_that_was_said_is_on_the_survivor_numbered_after_its_own(acting: Acting) -> None:
    one, two = acting.opened(ANNA, "a0"), acting.opened(BEA, "b0")
    acting.hear(ANNA, "a1")
    acting.hear(BEA, "b1")
    acting.hear(BEA, "b2")
    merged(acting, two, one)
    assert acting.said_on(one) == [(None, "a0"), (1, "a1"), (2, "b0"), (3, "b1"), (4, "b2")]
    assert acting.said_on(two) == []
    assert acting.ticket(one).comments_count == 4


def test_later_messages_of_both_customers_join_the_survivor(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    merged(acting, two, one)
    assert acting.opened(BEA, "later") == one
    assert acting.opened(ANNA, "later too") == one
    assert [number for number, _ in acting.said_on(one)] == [None, 1, 2, 3]


def test_a_chain_of_merges_leads_to_the_last_survivor(acting: Acting) -> None:
    one, two, three = acting.opened(ANNA), acting.opened(BEA), acting.opened(CARL)
    merged(acting, three, two)
    merged(acting, two, one)
    assert {acting.opened(each) for each in (ANNA, BEA, CARL)} == {one}


def test_a_message_reopens_a_closed_survivor(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    closed(acting, one)
    merged(acting, two, one)
    assert acting.opened(BEA, "still broken") == one
    assert acting.ticket(one).status == "open"


def test_the_merged_ticket_is_closed_points_to_the_survivor_and_takes_nothing_more(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    merged(acting, two, one)
    gone = acting.ticket(two)
    assert (gone.status, gone.merged_into, gone.comments_count) == ("closed", one, 0)
    with pytest.raises(TicketMerged) as refused:
        closed(acting, two)
    assert refused.value.into == one
    with pytest.raises(TicketMerged):
        merged(acting, one, two)


def test_everybody_is_told_once_and_no_customer_of_an_end(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    merged(acting, two, one)
    (fact,) = acting.events("ticket.merged")
    assert (fact.data.ticket_number, fact.data.merged_into) == (two, one)
    ends = [each.data for each in acting.events("ticket.status_changed")]
    assert [(each.ticket_number, each.recipient.kind) for each in ends] == [(two, "none")]
    assert acting.history(one, "merged") == [(None, two)]


@pytest.mark.parametrize("into", ["itself", "TT999"])
def test_what_cannot_be(acting: Acting, into: str) -> None:
    one = acting.opened(ANNA)
    with pytest.raises(CannotMerge):
        merged(acting, one, one if into == "itself" else into)


def test_what_the_notifier_says_on_the_merged_ticket_comes_to_the_survivor(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    merged(acting, two, one)
    apply_deliveries([notification("n1", "sent", ticket_number=two, text="We got it")], acting.desk)
    assert acting.said_on(two) == []
    assert acting.said_on(one)[-1] == (2, "We got it")


def test_a_receipt_for_an_answer_that_moved_finds_it(acting: Acting) -> None:
    one, two = acting.opened(ANNA), acting.opened(BEA)
    closed(acting, two)
    (asked,) = acting.events("reply.requested")
    merged(acting, two, one)
    apply_deliveries([changed(asked.data.send_id, "delivered", ticket_number=two)], acting.desk)
    stored = acting.store.collections["messages"][asked.data.send_id]
    assert stored["delivery"]["state"] == "delivered"
    assert stored["ticket_id"] == acting.ticket(one).id


@pytest.mark.parametrize("kind", ["text", "system"])
def test_a_message_that_comes_in_the_middle_is_not_left_behind(kind: str) -> None:
    """Between the merge's reading and its saving, something comes for the merged ticket."""
    acting, armed = Acting(), [False]

    def meanwhile() -> None:
        if armed[0]:
            armed[0] = False
            acting.hear(BEA, "in the middle", kind=kind)

    acting.store._before_save = meanwhile
    one, two = acting.opened(ANNA), acting.opened(BEA)
    armed[0] = True
    merged(acting, two, one)
    assert acting.said_on(two) == []
    assert "in the middle" in [text for _, text in acting.said_on(one)]


@pytest.mark.parametrize("kind", ["text", "system"])
def test_a_merge_in_the_middle_of_a_message_takes_it_along(kind: str) -> None:
    """Between the reading and the saving of what came for a ticket, that one is merged."""
    acting, armed = Acting(), [False]

    def meanwhile() -> None:
        if armed[0]:
            armed[0] = False
            merged(acting, two, one)

    acting.store._before_save = meanwhile
    one, two = acting.opened(ANNA), acting.opened(BEA)
    armed[0] = True
    acting.hear(BEA, "in the middle", kind=kind)
    assert acting.said_on(two) == []
    assert "in the middle" in [text for _, text in acting.said_on(one)]


class TestRelations:
    """Ties of the merged ticket."""

    def test_they_become_the_survivors(self, acting: Acting) -> None:
        one, two, three = acting.opened(ANNA), acting.opened(BEA), acting.opened(CARL)
        relate(acting.desk, two, "child", three, acting.frame(), forget)
        merged(acting, two, one)
        assert open_children(acting.store, acting.ticket(one)) == [three]
        assert related_tickets(acting.store, acting.ticket(two).id) == []

    def test_a_child_merged_into_its_parent_leaves_its_own_children_there(self, acting: Acting) -> None:
        one, two, three = acting.opened(ANNA), acting.opened(BEA), acting.opened(CARL)
        relate(acting.desk, one, "child", two, acting.frame(), forget)
        relate(acting.desk, two, "child", three, acting.frame(), forget)
        merged(acting, two, one)
        assert open_children(acting.store, acting.ticket(one)) == [three]

    def test_none_that_would_make_the_survivor_its_own_ancestor(self, acting: Acting) -> None:
        one, two, three = acting.opened(ANNA), acting.opened(BEA), acting.opened(CARL)
        relate(acting.desk, one, "child", three, acting.frame(), forget)
        relate(acting.desk, three, "child", two, acting.frame(), forget)
        merged(acting, two, one)
        kinds = [
            (each.kind, each.other.number) for each in related_tickets(acting.store, acting.ticket(one).id)
        ]
        assert kinds == [("child", three)]
