"""A visitor's stay: whatever the order in which it is told, it is known as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from services.ticket_service.domain.claim import Claim
from services.ticket_service.domain.contact import LEAD, Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.identity import EMAIL
from services.ticket_service.domain.visit import MOST_PAGES, Visit, VisitedPage

AT = datetime(2025, 2, 27, 21, 0, tzinfo=UTC)


def page(minute: int) -> VisitedPage:
    return VisitedPage(f"https://shop.example/{minute}", AT + timedelta(minutes=minute), f"Page {minute}")


def chat() -> Conversation:
    to = Recipient("webchat", "v-1", "Giulia")
    return Conversation.begun("c1", "p1", ("webchat-main", "webchat"), to, AT, None)


def test_pages_are_in_the_order_in_which_they_were_seen_each_once() -> None:
    for order in permutations((1, 2, 3)):
        visit = Visit(AT)
        for minute in order:
            visit.learn(Visit(AT + timedelta(minutes=minute), pages=[page(minute), page(1)]))
        assert visit.pages == [page(1), page(2), page(3)]
        assert visit.page == page(3)


def test_of_many_pages_the_newest_are_kept() -> None:
    visit = Visit(AT, pages=[page(each) for each in range(15)])
    visit.learn(Visit(AT, pages=[page(each) for each in range(15, 30)]))
    assert visit.pages == [page(each) for each in range(30 - MOST_PAGES, 30)]


def test_what_is_not_said_again_stays() -> None:
    visit = Visit(
        AT, "https://search.example/", [], {"source": "ad"}, "it", "Europe/Rome", {"size": "M"}, ["tos"], True
    )
    assert not visit.learn(Visit(AT + timedelta(hours=1)))
    assert visit.learn(Visit(AT + timedelta(hours=1), answers={"colour": "red"}, consents=["news"]))
    assert (visit.referrer, visit.campaign, visit.language, visit.time_zone, visit.verified) == (
        *("https://search.example/", {"source": "ad"}, "it", "Europe/Rome", True),
    )
    assert visit.answers == {"size": "M", "colour": "red"}
    assert visit.consents == ["tos", "news"]
    assert visit.updated_at == AT + timedelta(hours=1)


def test_a_visitor_is_there_between_coming_and_leaving_in_whatever_order_both_are_told() -> None:
    came, left, again = AT, AT + timedelta(minutes=5), AT + timedelta(minutes=9)
    for order in permutations(("came", "left", "again")):
        talk = chat()
        for each in order:
            if each == "left":
                talk.left(left)
            else:
                talk.came(came if each == "came" else again)
        assert talk.present, order
    talk = chat()
    talk.left(left)
    talk.came(came)
    assert not talk.present


def test_the_oldest_message_is_what_waits_until_a_ticket_has_it() -> None:
    talk = chat()
    talk.waits(AT + timedelta(minutes=2))
    talk.waits(AT)
    assert talk.waiting_since == AT
    talk.missed(AT + timedelta(minutes=5))
    assert talk.missed_at == AT + timedelta(minutes=5)
    talk.ticket_moved("t1", closed=False)
    assert not _waits(talk)
    talk.missed(AT)
    assert not _waits(talk)


def _waits(talk: Conversation) -> bool:
    return talk.waiting_since is not None or talk.missed_at is not None


def test_what_is_claimed_last_counts_also_when_it_was_claimed_before() -> None:
    giulia = Contact("p1", LEAD, "Giulia", [], AT, AT)
    for minute, value in enumerate(("a@x.example", "b@x.example", "a@x.example")):
        assert giulia.claim(Claim(EMAIL, value, AT + timedelta(minutes=minute), "webchat-main"))
        assert giulia.claimed(EMAIL) == value
    assert [each.value for each in giulia.claims] == ["b@x.example", "a@x.example"]
    assert not giulia.claim(Claim(EMAIL, "a@x.example", AT + timedelta(minutes=9), "webchat-main"))
