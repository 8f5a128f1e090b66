"""Merging contacts while others work: whatever happens between loading and saving, nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.ticket_service.act.merging_contacts import merge_contacts, undo_merge
from services.ticket_service.act.opening import Wanted, open_ticket
from services.ticket_service.act.people import add_identity, create_contact
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.apply import apply_deliveries
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.mail_rule import MailAction, MailRule
from services.ticket_service.ports import Changes
from shared.runtime.ids import new_id
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import CHANNEL, NOW, apply, message, notification
from tests.ticket_service.mails import ANNA as ANNA_MAIL
from tests.ticket_service.mails import LUCA, MailTestDesk, mail

FRAME = Frame(
    Actor(AGENT, "u", "Ugo"), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", lambda: None
)
ANNA, BOB = "+393351000001", "+393351000002"
During = Callable[[Desk, str], None]


class Between:
    """Calls something once, at the moment when the next decision is about to be saved."""

    def __init__(self) -> None:
        self.then: Callable[[], None] | None = None

    def waits(self) -> bool:
        """Whether that moment did not come yet."""
        return self.then is not None

    def __call__(self) -> None:
        then, self.then = self.then, None
        if then is not None:
            then()


def two(between: Between) -> tuple[Desk, MemoryDeskStore, str, str]:
    store = MemoryDeskStore(before_save=between)
    desk = Desk(store, lambda: NOW, new_id)
    apply(store, message("1", sender=ANNA), new_id=new_id)
    apply(store, message("2", sender=BOB), new_id=new_id)
    owners = {each["identities"][0]["value"]: key for key, each in store.collections["contacts"].items()}
    return desk, store, owners[ANNA], owners[BOB]


def writes_on(channel: str) -> During:
    def during(desk: Desk, other: str) -> None:
        apply(desk.store, message("3", sender=BOB, channel=channel), new_id=new_id)

    return during


def is_given_a_ticket(desk: Desk, other: str) -> None:
    open_ticket(desk, Wanted(title="By hand", requester=other), {"tickets.write"}, FRAME, lambda done: None)


def is_given_an_identity(desk: Desk, other: str) -> None:
    add_identity(desk, other, Identity("email", "b@b.it", "b@b.it"), FRAME, lambda done: None)


@pytest.mark.parametrize(
    "during",
    [writes_on(CHANNEL), writes_on("new"), is_given_a_ticket, is_given_an_identity],
    ids=["writes", "writes on a new channel", "is given a ticket", "is given an identity"],
)
@pytest.mark.parametrize("undo", [False, True])
def test_what_happens_to_the_other_during_a_merge_is_not_left_behind(during: During, undo: bool) -> None:
    between = Between()
    desk, store, anna, bob = two(between)
    between.then = lambda: during(desk, bob)
    merge = merge_contacts(desk, anna, bob, FRAME, lambda done: None)
    assert not between.waits()
    everything = store.collections
    assert everything["contacts"][bob]["identities"] == []
    left = [each for each in everything["conversations"].values() if each["contact_id"] == bob]
    assert all(each["merged_into"] for each in left)
    assert {each["requester_id"] for each in everything["tickets"].values()} == {anna}
    shells = {each["_id"] for each in left}
    assert not [each for each in everything["messages"].values() if each["conversation_id"] in shells]
    if undo:
        undo_merge(desk, anna, merge.id, FRAME, lambda done: None)
        assert {each["requester_id"] for each in store.collections["tickets"].values()} == {anna, bob}
        for contact, number in ((anna, ANNA), (bob, BOB)):
            assert number in [each["value"] for each in store.collections["contacts"][contact]["identities"]]


def test_news_of_what_was_sent_before_the_merge_finds_the_conversation_that_has_everything() -> None:
    desk, store, anna, bob = two(Between())
    before = next(each for each in store.collections["conversations"].values() if each["contact_id"] == bob)
    kept = next(each for each in store.collections["conversations"].values() if each["contact_id"] == anna)
    merge_contacts(desk, anna, bob, FRAME, lambda done: None)
    told = notification("notice-1", "sent", conversation_id=before["_id"])
    apply_deliveries([told], desk)
    assert store.collections["messages"]["notice-1"]["conversation_id"] == kept["_id"]


def mails(desk: MailTestDesk) -> dict[str, tuple[str, str]]:
    """The mails of triage: whose they are, and where they and their messages lie."""
    talks, said = desk.store.collections["conversations"], desk.store.collections["messages"]
    found = {}
    for key, each in desk.store.collections["triage"].items():
        assert said[key]["conversation_id"] == each["conversation_id"]
        found[key] = (talks[each["conversation_id"]]["contact_id"], each["conversation_id"])
    return found


def test_mails_of_triage_and_tickets_that_one_person_sees_go_along_and_come_back() -> None:
    desk = MailTestDesk()
    desk.has(MailRule("r", "Hold", 1, (), then=MailAction("hold")))
    desk.gets(
        mail("anna", sender=ANNA_MAIL),
        mail("bob", sender=LUCA),
        mail("bob-two", sender=LUCA, channel="b"),
    )
    before = mails(desk)
    acting = Desk(desk.store, lambda: NOW, new_id, mail=desk.mail)
    anna, bob = before["email:anna"][0], before["email:bob"][0]
    eve = create_contact(acting, {"stage": "contact", "name": "Eve"}, [], FRAME, lambda done: None).id
    wanted = Wanted(title="Of a colleague", requester=eve, fields={"type": "public"})
    number = open_ticket(acting, wanted, {"tickets.write"}, FRAME, lambda done: None)[0].ticket.number
    seen_by(desk, number, bob)

    merge = merge_contacts(acting, anna, bob, FRAME, lambda done: None)
    now = mails(desk)
    assert {whose for whose, _ in now.values()} == {anna}
    assert now["email:bob"][1] == now["email:anna"][1] != now["email:bob-two"][1]
    assert [each["visible_to"] for each in desk.tickets()] == [anna]
    desk.gets(mail("later", sender=LUCA))
    later = mails(desk)["email:later"]

    undo_merge(acting, anna, merge.id, FRAME, lambda done: None)
    assert mails(desk) == {**before, "email:later": later}, "what came since stays where it came"
    assert [each["visible_to"] for each in desk.tickets()] == [bob]
    told = [each for each in desk.store.collections["history"].values() if each["what"] == "visible_to"]
    assert [(each["from"], each["to"]) for each in told] == [(bob, anna), (anna, bob)]


def seen_by(desk: MailTestDesk, number: str, contact_id: str) -> None:
    loaded, changes = desk.store.load_ticket(number), Changes()
    assert loaded is not None
    loaded.ticket.visible_to = contact_id
    changes.touch(loaded.ticket)
    desk.store.save(changes)


def test_an_identity_that_two_want_at_once_is_one_persons() -> None:
    between = Between()
    desk, store, _, _ = two(between)
    identity = Identity("whatsapp", "+393351000009", "393351000009")
    between.then = lambda: apply(store, message("3", sender="+393351000009"), new_id=new_id)
    with pytest.raises(Exception, match="whatsapp:"):
        create_contact(desk, {"stage": "contact", "name": "C"}, [identity], FRAME, lambda done: None)
    assert len(store.collections["contacts"]) == 3
