"""What visitors of live chats tell of themselves, and what the desk makes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.domain.suggestion import suggestions
from shared.contracts import visitor_acted
from shared.contracts.catalogue import decode
from shared.contracts.visitor import Page, Visitor
from tests.support.hostile_texts import HOSTILE
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, apply, at, message
from tests.ticket_service.building_chat import GIULIA, acted, chat_message, visit

HOME = Page("https://shop.example/", NOW, "Home")
CART = Page("https://shop.example/cart", at(60), "Cart")
GIVEN = Visitor(
    email=" Giulia@Bianchi.example ",
    phone="+39 335 1032246",
    answers={"order": "TT-77"},
    consents=["privacy"],
    language="it",
    time_zone="Europe/Rome",
    referrer="https://search.example/",
    pages=[HOME],
    campaign={"source": "ad"},
)


@pytest.fixture
def store() -> MemoryDeskStore:
    return MemoryDeskStore()


def only(store: MemoryDeskStore, name: str) -> dict[str, Any]:
    (document,) = store.collections[name].values()
    return document


def claims(document: dict[str, Any]) -> list[str]:
    return [each["key"] for each in document["claims"]]


def keys(document: dict[str, Any]) -> list[str]:
    return [each["key"] for each in document["identities"]]


def test_a_message_brings_the_visitors_stay_and_what_they_claim(store: MemoryDeskStore) -> None:
    apply(store, chat_message(visitor=GIVEN))
    talk, contact = only(store, "conversations"), only(store, "contacts")
    assert talk["visit"] == {
        "updated_at": NOW,
        "referrer": "https://search.example/",
        "pages": [{"url": "https://shop.example/", "at": NOW, "title": "Home"}],
        "campaign": {"source": "ad"},
        "language": "it",
        "time_zone": "Europe/Rome",
        "answers": {"order": "TT-77"},
        "consents": ["privacy"],
        "verified": False,
        "network": "",
    }
    assert talk["present_at"] == NOW
    assert claims(contact) == ["email:giulia@bianchi.example", "phone:+393351032246"]
    assert keys(contact) == [f"webchat:{GIULIA}"]


def test_nobody_becomes_somebody_else_by_what_they_type(store: MemoryDeskStore) -> None:
    apply(store, message("1", sender="+393351032246", name="Anna"))
    apply(store, chat_message(visitor=GIVEN))
    anna, giulia = sorted(store.collections["contacts"].values(), key=lambda each: each["name"])
    assert keys(anna) == ["whatsapp:+393351032246"]
    assert keys(giulia) == [f"webchat:{GIULIA}"]
    both = store.load_contacts([anna["_id"], giulia["_id"]])
    for one, other in ((anna, giulia), (giulia, anna)):
        (found,) = suggestions(both[one["_id"]], list(both.values()))
        assert (found.other.id, found.kind, found.value, found.proven) == (
            *(other["_id"], "phone", "+393351032246"),
            True,
        )


def test_an_address_that_the_site_vouches_for_is_an_identity_unless_it_is_somebody_elses(
    store: MemoryDeskStore,
) -> None:
    signed = Visitor(email="Giulia@bianchi.example", verified=True)
    apply(store, chat_message("1", "u-giulia", visitor=signed))
    apply(store, chat_message("2", "u-giulia", visitor=signed, occurred=at(1)), now=at(1))
    apply(store, chat_message("1", "u-other", visitor=signed, occurred=at(2)), now=at(2))
    giulia, other = store.collections["contacts"].values()
    assert (keys(giulia), claims(giulia)) == (["webchat:u-giulia", "email:giulia@bianchi.example"], [])
    assert (keys(other), claims(other)) == (["webchat:u-other"], ["email:giulia@bianchi.example"])


def test_a_claim_that_the_site_vouches_for_later_is_a_claim_no_more(store: MemoryDeskStore) -> None:
    apply(store, chat_message("1", "u-giulia", visitor=Visitor(email="giulia@bianchi.example")))
    signed = Visitor(email="giulia@bianchi.example", verified=True)
    visit(store, acted(visitor_acted.CAME, "u-giulia", at=at(9), visitor=signed), now=at(9))
    (giulia,) = store.collections["contacts"].values()
    assert (keys(giulia), claims(giulia)) == (["webchat:u-giulia", "email:giulia@bianchi.example"], [])


def test_what_is_typed_in_a_form_of_an_agents_is_a_claim_too(store: MemoryDeskStore) -> None:
    answers = {"email": "giulia@bianchi.example", "size": "M"}
    said: dict[str, Any] = {"kind": "flow_reply", "content": {"answers": answers, "labels": {"size": "Size"}}}
    apply(store, chat_message(text="Size: M", **said))
    assert claims(only(store, "contacts")) == ["email:giulia@bianchi.example"]
    assert only(store, "tickets")["description"][0]["text"] == "Size: M"


def test_two_who_type_the_same_are_suggested_but_not_as_proven(store: MemoryDeskStore) -> None:
    apply(store, chat_message("1", "v-one", visitor=Visitor(email="a@b.example")))
    apply(store, chat_message("1", "v-two", visitor=Visitor(email="A@B.example")))
    one, two = store.load_contacts(store.collections["contacts"]).values()
    (found,) = suggestions(one, [one, two])
    assert (found.other, found.proven) == (two, False)
    one.not_same.append(two.id)
    assert suggestions(one, [one, two]) == suggestions(two, [one, two]) == []


def test_what_reaches_nobody_is_no_claim(store: MemoryDeskStore) -> None:
    apply(store, chat_message(visitor=Visitor(email="not an address", phone="call me maybe")))
    assert claims(only(store, "contacts")) == []
    visit(store, acted(visitor_acted.TOLD, visitor=Visitor(phone="335 1032246")))
    assert claims(only(store, "contacts")) == ["phone:335 1032246"]


def test_addresses_that_are_none_of_the_web_are_not_kept(store: MemoryDeskStore) -> None:
    pages = [Page("javascript:alert(1)", NOW), Page(" HTTPS://shop.example/a", NOW, "A\0")]
    apply(store, chat_message(visitor=Visitor(referrer="data:text/html,x", pages=pages)))
    kept = only(store, "conversations")["visit"]
    assert kept["referrer"] == ""
    assert [each["url"] for each in kept["pages"]] == ["HTTPS://shop.example/a"]
    assert "\0" not in kept["pages"][0]["title"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_kept_as_texts(store: MemoryDeskStore, text: str) -> None:
    given = Visitor(text, text, {"note": text, "a.$b": text, "$set": text}, [text], campaign={"source": text})
    apply(store, chat_message(visitor=given, name=text))
    kept = only(store, "conversations")["visit"]
    assert set(kept["answers"]) <= {"note"}
    str(kept).encode()


def test_of_somebody_who_never_wrote_only_what_they_say_of_themselves_is_kept(store: MemoryDeskStore) -> None:
    for action in (visitor_acted.CAME, visitor_acted.MOVED, visitor_acted.TYPED, visitor_acted.LEFT):
        assert visit(store, acted(action, visitor=GIVEN)) == []
    assert not store.collections["contacts"]
    visit(store, acted(visitor_acted.TOLD, visitor=GIVEN))
    talk = only(store, "conversations")
    assert claims(only(store, "contacts")) == ["email:giulia@bianchi.example", "phone:+393351032246"]
    assert (talk["recipient"]["address"], talk["reply_window_seconds"]) == (GIULIA, None)
    assert not store.collections["tickets"]


def test_the_message_after_it_opens_the_ticket_of_the_same_person(store: MemoryDeskStore) -> None:
    visit(store, acted(visitor_acted.TOLD, visitor=GIVEN))
    apply(store, chat_message(occurred=at(5)))
    ticket, contact = only(store, "tickets"), only(store, "contacts")
    assert (ticket["requester_id"], contact["name"]) == (contact["_id"], "Giulia")


def test_where_they_are_is_known_and_nobody_is_moved_up_in_a_list_by_it(store: MemoryDeskStore) -> None:
    apply(store, chat_message(visitor=Visitor(pages=[HOME])))
    before = only(store, "conversations")["updated_at"]
    moved = acted(visitor_acted.MOVED, at=at(60), visitor=Visitor(pages=[CART]))
    left = acted(visitor_acted.LEFT, at=at(90))
    visit(store, moved, left, moved, now=at(100))
    talk = only(store, "conversations")
    assert [each["url"] for each in talk["visit"]["pages"]] == [HOME.url, CART.url]
    assert (talk["present_at"], talk["left_at"], talk["updated_at"]) == (NOW, at(90), before)
    version = talk["version"]
    visit(store, moved, left, now=at(100))
    assert only(store, "conversations")["version"] == version, "what is known changes nothing"


def test_that_they_are_writing_is_shown_and_not_kept(store: MemoryDeskStore) -> None:
    apply(store, chat_message())
    talk = only(store, "conversations")
    assert visit(store, acted(visitor_acted.TYPED)) == [talk["_id"]]
    assert only(store, "conversations") == talk


def test_whom_the_site_names_is_the_same_on_two_devices_whoever_they_were_before(
    store: MemoryDeskStore,
) -> None:
    apply(store, chat_message("1", "v-phone"))
    apply(store, chat_message("1", "u-giulia", occurred=at(1)), now=at(1))
    apply(store, chat_message("2", "u-giulia", "v-phone", occurred=at(2)), now=at(2))
    apply(store, chat_message("3", "u-giulia", "v-tablet", occurred=at(3)), now=at(3))
    apply(store, chat_message("4", "v-tablet", occurred=at(4)), now=at(4))
    people = {tuple(keys(each)) for each in store.collections["contacts"].values()}
    assert people == {("webchat:v-phone",), ("webchat:u-giulia", "webchat:v-tablet")}
    by_ticket = [each["ticket_id"] for each in store.collections["messages"].values()]
    assert len(set(by_ticket[1:])) == 1


def test_who_else_wrote_in_a_visitors_browser_is_suggested_and_never_merged(store: MemoryDeskStore) -> None:
    apply(store, chat_message("1", "v-phone"))
    apply(store, chat_message("1", "u-giulia", occurred=at(1)), now=at(1))
    visit(store, acted(visitor_acted.CAME, "u-giulia", "v-phone", at=at(2)), now=at(2))
    apply(store, chat_message("2", "u-giulia", "v-phone", occurred=at(3)), now=at(3))
    people = store.load_contacts(store.collections["contacts"])
    before, giulia = sorted(people.values(), key=lambda each: each.created_at)
    assert (before.merged_into, giulia.merged_into) == (None, None)
    for one, other in ((giulia, before), (before, giulia)):
        (found,) = suggestions(one, [one, other])
        assert (found.other.id, found.kind, found.value, found.proven, found.at) == (
            *(other.id, "webchat", "v-phone", True),
            at(2),
        )
    giulia.not_same.append(before.id)
    assert suggestions(giulia, [giulia, before]) == []


class Rated:
    """A visitor with a ticket, and ratings of it."""

    def __init__(self, store: MemoryDeskStore) -> None:
        self.store = store
        apply(store, chat_message())

    def rate(self, score: int, text: str = "", seconds: float = 60, who: str = GIULIA, **more: Any) -> None:
        number = more.pop("ticket", "TT1")
        given = {"ticket_number": number, "score": score, "text": text, **more}
        visit(self.store, acted(visitor_acted.RATED, who, at=at(seconds), **given), now=at(seconds))

    @property
    def said(self) -> dict[str, Any] | None:
        found = self.store.collections["tickets"]
        return next(each["satisfaction"] for each in found.values() if each["number"] == "TT1")

    def history(self) -> list[tuple[Any, Any]]:
        found = self.store.collections["history"].values()
        return [(each["from"], each["to"]) for each in found if each["what"] == "satisfaction"]


def test_a_rating_is_on_the_ticket_in_its_history_and_told(store: MemoryDeskStore) -> None:
    rated = Rated(store)
    rated.rate(5, " Gentilissimi\0 ")
    assert rated.said is not None
    assert (rated.said["score"], rated.said["at"]) == (5, at(60))
    assert rated.said["text"].startswith("Gentilissimi")
    assert "\0" not in rated.said["text"]
    fact = decode(list(store.collections["outbox"].values())[-1]["body"])
    assert (fact.type, fact.data.changed, fact.data.satisfaction.score) == (
        *("ticket.changed", ["satisfaction"]),
        5,
    )
    assert fact.data.actor.kind == "customer"


def test_a_second_rating_replaces_the_first_and_the_history_keeps_both(store: MemoryDeskStore) -> None:
    rated = Rated(store)
    rated.rate(2, "Lenti")
    rated.rate(4, seconds=120)
    rated.rate(2, "Lenti")
    rated.rate(4, seconds=120)
    assert rated.said == {"score": 4, "text": "", "at": at(120)}
    assert rated.history() == [(None, "2: Lenti"), ("2: Lenti", "4")]


def test_nobody_rates_somebody_elses_ticket(store: MemoryDeskStore) -> None:
    rated = Rated(store)
    apply(store, chat_message("1", "v-other"))
    apply(store, message("9", sender="+393470000001"))
    rated.rate(1, who="v-other")
    rated.rate(1, who="v-unknown")
    rated.rate(1, ticket="TT99")
    rated.rate(1, ticket="TT3")
    assert rated.said is None
    assert all(each["satisfaction"] is None for each in store.collections["tickets"].values())


def test_what_a_visitor_does_may_be_dated_in_the_future_and_is_not(store: MemoryDeskStore) -> None:
    apply(store, chat_message())
    visit(store, acted(visitor_acted.LEFT, at=NOW + timedelta(days=400)), now=at(30))
    assert only(store, "conversations")["left_at"] == at(30)
