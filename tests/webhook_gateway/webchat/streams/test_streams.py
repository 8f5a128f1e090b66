"""What an open page is told: everything of its own chat, in order, once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import gevent
import pytest
from werkzeug.test import TestResponse

from services.webhook_gateway.chat_ports import NewLine, NewsLost, Offered, Seen, Typing
from services.webhook_gateway.chats.doors import CROWDED_SECONDS
from services.webhook_gateway.chats.hub import MOST_OF_ONE, MOST_POLLS_OF_ONE
from services.webhook_gateway.chats.mailbox import MOST_LINES
from shared.blobs.links import checked
from shared.contracts.attachment import StoredFile
from shared.contracts.chat_offered import ChatOffered, ChatPerson
from shared.contracts.presence_requested import READ
from shared.messaging.message import Unavailable
from shared.runtime.clock import utc_now
from tests.webhook_gateway.webchat.streams.building import (
    ANNA,
    BRUNO,
    CARLA,
    CHANNEL,
    DAVIDE,
    answered,
    chat,
    said,
    signed,
)
from tests.webhook_gateway.webchat.streams.processes import SITE_KEY
from tests.webhook_gateway.webchat.streams.rig import FILES_SECRET, Page, Rig

PDF = StoredFile("file-1", "document", "blob-1", "application/pdf", "a b.pdf", 5, "0" * 64)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.stop()


def lines(page: Page, count: int) -> list[tuple[str, str]]:
    told = [page.next() for _ in range(count)]
    assert {each.name for each in told} <= {"line"}
    return [(each.id, each.data["text"]) for each in told]


def listening(rig: Rig, visitor: str = ANNA) -> Page:
    """A page that was told all there is, and waits for news; before that it reads the database anyway."""
    page = rig.stream(visitor, after=0)
    assert page.next().name == "hello"
    rig.tell(Typing(chat(visitor)))
    rig.settle()
    assert page.next().name == "typing"
    return page


def test_hello_says_where_things_stand_and_lines_follow(rig: Rig) -> None:
    rig.post(said("one"), answered("two"), silent=True)
    rig.chats.signal([signed(READ, f"{ANNA}.one")])
    rig.offers.keep([ChatOffered(CHANNEL, 1, online=False, people=[ChatPerson("Anna Rossi", "picture-1")])])
    page = rig.stream()
    hello = page.next()
    people = hello.data.pop("people")
    assert (hello.name, hello.id) == ("hello", "")
    assert hello.data == {"seq": 2, "seen": 1, "online": False, "opens_at": None}
    assert people[0]["name"] == "Anna Rossi"
    assert people[0]["picture"].startswith("/files/picture-1/")
    rig.post(answered("three"), said("not yours", BRUNO), said("four"))
    rig.settle()
    assert lines(page, 2) == [("3", "three"), ("4", "four")]


def test_the_last_event_is_where_a_page_goes_on(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.webhook_gateway.chats.stream.AT_ONCE", 2)
    rig.post(*(said(str(number)) for number in range(1, 6)), silent=True)
    page = rig.stream(after=2)
    assert page.next().name == "hello"
    assert lines(page, 3) == [("3", "3"), ("4", "4"), ("5", "5")]
    rig.post(said("6"))
    rig.settle()
    assert lines(page, 1) == [("6", "6")]


def test_a_place_that_was_never_reached_is_now(rig: Rig) -> None:
    rig.post(said("one"), silent=True)
    page = rig.stream(after=40)
    page.next()
    rig.post(said("two"))
    rig.settle()
    assert lines(page, 1) == [("2", "two")]


@pytest.mark.parametrize("place", ["x", "-1", "1.5", "9" * 40, "１"])
def test_a_place_that_is_none_is_refused_in_words(rig: Rig, place: str) -> None:
    answer = rig.ask("events?after=" + place)
    assert answer.status_code == 400
    assert answer.get_json()["field"] == "after"


def test_what_was_told_already_is_not_told_again(rig: Rig) -> None:
    page = listening(rig)
    rig.post(said("one"), said("two"))
    rig.settle()
    rig.tell(NewsLost("on purpose"))
    gevent.sleep(0.3)
    assert rig.news.begun == 2
    assert lines(page, 2) == [("1", "one"), ("2", "two")]
    for line in rig.chats.after(chat(), 0, 10):
        rig.tell(NewLine(chat(), line))
    rig.post(said("three"))
    rig.tell(Typing(chat()))
    rig.settle()
    assert lines(page, 1) == [("3", "three")]
    assert page.next().name == "typing"


def test_what_no_news_told_is_read_when_the_next_line_shows_the_gap(rig: Rig) -> None:
    page = listening(rig)
    rig.post(said("silent one"), said("silent two"), silent=True)
    rig.post(said("told"))
    rig.settle()
    assert lines(page, 3) == [("1", "silent one"), ("2", "silent two"), ("3", "told")]


def test_lost_news_are_read_again_by_all_open_pages(rig: Rig) -> None:
    pages = [listening(rig), listening(rig, BRUNO)]
    rig.post(said("one"), said("one", BRUNO), silent=True)
    rig.tell(NewsLost("on purpose"))
    for page in pages:
        assert lines(page, 1) == [("1", "one")]


def test_what_is_offered_meanwhile_is_read_again_when_news_were_lost(rig: Rig) -> None:
    assert rig.stream().next().data["online"] is True
    rig.offers.keep([ChatOffered(CHANNEL, 1, online=False)])
    assert rig.stream().next().data["online"] is True
    rig.tell(NewsLost("on purpose"))
    gevent.sleep(0.3)
    rig.settle()
    assert rig.stream().next().data["online"] is False


@pytest.mark.parametrize("error", [NewsLost("on purpose"), Unavailable("on purpose"), ValueError("a bug")])
def test_whatever_ends_the_news_they_are_followed_again_and_that_is_known(rig: Rig, error: Exception) -> None:
    page = listening(rig)
    rig.tell(error)
    with gevent.Timeout(5):
        while rig.hub.following:
            gevent.sleep(0)
    rig.settle()
    rig.post(said("one"))
    rig.settle()
    assert lines(page, 1) == [("1", "one")]


def test_whoever_has_left_leaves_nothing_behind(rig: Rig) -> None:
    pages = [rig.stream() for _ in range(MOST_OF_ONE + 1)] + [rig.stream(BRUNO)]
    for page in pages:
        page.close()
    rig.ask("events?wait=0", CARLA)
    assert (rig.hub._by_chat, rig.hub._of_address) == ({}, {})
    rig.attendance.flush()
    assert (rig.attendance._pages, len(rig.attendance._left_at)) == ({}, 3)


def test_a_slow_page_reads_what_does_not_fit_in_its_mailbox(rig: Rig) -> None:
    page = listening(rig)
    rig.post(*(said(str(number)) for number in range(MOST_LINES * 2)))
    rig.settle()
    assert [int(seq) for seq, _ in lines(page, MOST_LINES * 2)] == list(range(1, MOST_LINES * 2 + 1))


def test_a_page_outlives_a_database_that_is_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.webhook_gateway.chats.stream._PAUSE_SECONDS", 0.02)
    page = listening(rig)
    rig.post(said("one"), silent=True)
    rig.chats.away = True
    rig.tell(Unavailable("on purpose"))
    told = gevent.spawn(lambda: lines(page, 1))
    rig.settle()
    gevent.sleep(0.05)
    assert not told.ready()
    rig.chats.away = False
    assert told.get(timeout=5) == [("1", "one")]


def test_signs_and_offers_reach_the_pages_they_are_for(rig: Rig) -> None:
    page, other = rig.stream(), rig.stream(BRUNO)
    page.next()
    other.next()
    rig.tell(Typing(chat(), "Anna Rossi"))
    rig.settle()
    typing = page.next()
    assert (typing.name, typing.data) == ("typing", {"name": "Anna Rossi"})
    rig.tell(Seen(chat(), 3))
    rig.settle()
    seen = page.next()
    assert (seen.name, seen.data) == ("seen", {"seq": 3})
    rig.tell(Seen(chat(), 2))
    rig.tell(Offered(ChatOffered(CHANNEL, 1, online=False)))
    rig.tell(Offered(ChatOffered("another", 9)))
    rig.settle()
    for each in (page, other):
        offer = each.next()
        assert (offer.name, offer.data["online"]) == ("offer", False)
    assert rig.stream().next().data["online"] is False


def test_a_seventh_page_takes_the_place_of_the_first(rig: Rig) -> None:
    pages = [rig.stream() for _ in range(MOST_OF_ONE + 1)]
    for page in pages:
        assert page.next().name == "hello"
    assert pages[0].next().name == "replaced"
    with pytest.raises(StopIteration):
        pages[0].next()
    rig.post(said("one"))
    rig.settle()
    assert [lines(page, 1) for page in pages[1:]] == [[("1", "one")]] * MOST_OF_ONE


def sent_away(answer: TestResponse) -> bool:
    """Whether it is refused as one page too many, with the time to come back."""
    shortest, longest = CROWDED_SECONDS
    if answer.status_code != 429:
        return False
    assert answer.get_json()["type"].endswith("too-many-pages")
    assert shortest <= int(answer.headers["Retry-After"]) <= longest
    return True


def test_what_is_seen_only_grows(rig: Rig) -> None:
    rig.post(said("one"), said("two"), silent=True)
    rig.chats.signal([signed(READ, f"{ANNA}.one")])
    page = rig.stream()
    assert page.next().data["seen"] == 1
    rig.tell(Seen(chat(), 1))
    rig.tell(Typing(chat()))
    rig.settle()
    assert page.next().name == "typing"
    for seq in (5, 4):
        rig.tell(Seen(chat(), seq))
    rig.settle()
    assert page.next().data == {"seq": 5}
    rig.tell(Seen(chat(), 5))
    rig.tell(Typing(chat()))
    rig.settle()
    assert page.next().name == "typing"


def test_polls_without_number_replace_nobody_and_most_are_sent_away(rig: Rig) -> None:
    page = rig.stream()
    page.next()
    polls = [gevent.spawn(rig.ask, "events?wait=25") for _ in range(MOST_POLLS_OF_ONE)]
    gevent.sleep(0.05)
    assert not any(poll.ready() for poll in polls)
    assert all(sent_away(rig.ask("events?wait=25")) for _ in range(5))
    assert rig.ask("events?wait=0", BRUNO).status_code == 200
    assert rig.ask("lines").status_code == 200
    rig.post(said("one"))
    assert {poll.get(timeout=5).get_json()["seq"] for poll in polls} == {1}
    assert lines(page, 1) == [("1", "one")]
    assert rig.ask("events?wait=0").status_code == 200


@pytest.mark.parametrize("door", ["stream", "events?wait=0"])
def test_one_address_has_so_many_pages_whoever_its_visitors_are(door: str) -> None:
    rig = Rig(most_of_address=3, trusted_proxies=1)
    office, home = "198.51.100.1, 203.0.113.7", "203.0.113.7, 198.51.100.1"
    pages = [rig.stream(visitor, X_Forwarded_For=office) for visitor in (ANNA, BRUNO, CARLA)]
    assert sent_away(rig.ask(door, DAVIDE, X_Forwarded_For=office))
    assert sent_away(rig.ask(door, DAVIDE, X_Forwarded_For=f"192.0.2.1, {office}"))
    assert rig.ask(door, DAVIDE, X_Forwarded_For=home).status_code == 200
    for page in pages:
        assert page.next().name == "hello"
    pages[0].close()
    pages[0].close()
    assert rig.stream(DAVIDE, X_Forwarded_For=office).next().name == "hello"
    assert sent_away(rig.ask("events?wait=0", ANNA, X_Forwarded_For=office))
    rig.stop()


def test_who_replaces_an_own_page_of_a_full_address_is_let_in() -> None:
    rig = Rig(most_of_address=MOST_OF_ONE)
    pages = [rig.stream() for _ in range(MOST_OF_ONE)]
    last = rig.stream()
    assert [pages[0].next().name, pages[0].next().name] == ["hello", "replaced"]
    assert last.next().name == "hello"
    assert sent_away(rig.ask("stream", BRUNO))
    rig.stop()


def test_who_is_refused_takes_no_place_and_replaces_nobody() -> None:
    rig = Rig(most_of_address=MOST_OF_ONE, trusted_proxies=1)
    own = [rig.stream(X_Forwarded_For="192.0.2.1") for _ in range(MOST_OF_ONE)]
    for _ in range(MOST_OF_ONE):
        rig.stream(BRUNO, X_Forwarded_For="192.0.2.2")
    for _ in range(3):
        assert sent_away(rig.ask("stream", X_Forwarded_For="192.0.2.2"))
    rig.post(said("one"))
    rig.settle()
    assert [[page.next().name, page.next().name] for page in own] == [["hello", "line"]] * MOST_OF_ONE
    for page in own:
        page.close()
    assert rig.stream(X_Forwarded_For="192.0.2.1").next().name == "hello"
    rig.stop()


def test_a_full_process_sends_pages_away_and_has_room_when_one_leaves() -> None:
    rig = Rig(most_streams=2)
    first, _second = rig.stream(), rig.stream(BRUNO)
    refused = rig.ask("stream", CARLA)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    first.close()
    assert rig.stream(CARLA).next().name == "hello"
    rig.stop()


def test_a_process_that_ends_says_good_bye_and_takes_nobody_any_more(rig: Rig) -> None:
    page = rig.stream()
    page.next()
    rig.hub.stop()
    assert page.next().name == "bye"
    with pytest.raises(StopIteration):
        page.next()
    assert rig.ask("stream").status_code == 503
    assert rig.ask("lines").status_code == 200


def test_a_page_that_only_asks_for_the_head_holds_no_place() -> None:
    rig = Rig(most_streams=1)
    for _ in range(3):
        answer = rig.client.head(
            f"/webchat/{SITE_KEY}/stream", headers=dict(rig.ask("lines").request.headers)
        )
        assert answer.status_code == 200
    assert rig.stream().next().name == "hello"
    rig.stop()


def test_while_the_database_is_away_nothing_is_promised(rig: Rig) -> None:
    rig.chats.away = True
    for door in ("stream", "lines", "events"):
        answer = rig.ask(door)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), door
    assert (rig.hub._by_chat, rig.attendance._pages) == ({}, {})
    rig.chats.away = False
    assert rig.stream().next().name == "hello"


def test_a_line_is_told_as_the_widget_reads_it(rig: Rig) -> None:
    rig.post(said("mine"), answered("yours", files=[PDF], reply_to="x", ticket_number="TT24"), silent=True)
    rig.post(replace(said("by mail"), by_mail=True, line_id="mail.1"), silent=True)
    mine, yours, mailed = rig.ask("lines").get_json()["items"]
    assert (mine["client_id"], mine["author"]["kind"]) == ("mine", "visitor")
    assert mailed["client_id"] == ""
    assert mailed["by_mail"] is True
    author = yours.pop("author")
    (file,) = yours.pop("files")
    assert (author["name"], author["picture"].split("/")[2]) == ("Anna Rossi", "picture-1")
    assert (file["name"], file["type"], file["size"], file["kind"]) == (
        *("a b.pdf", "application/pdf", 5),
        "document",
    )
    _, _, blob_id, expires, signature, _ = file["url"].split("/")
    assert checked(FILES_SECRET, blob_id, expires, signature, utc_now())
    assert yours == {
        "seq": 2,
        "id": "send-yours",
        "client_id": "",
        "at": "2026-03-02T10:00:00Z",
        "kind": "message",
        "text": "yours",
        "interactive": None,
        "reply_to": "x",
        "ticket": "TT24",
        "score": None,
        "by_mail": False,
    }


def test_the_past_is_read_in_pages(rig: Rig) -> None:
    rig.post(*(said(str(number)) for number in range(1, 8)), silent=True)
    newest = rig.ask("lines?limit=3").get_json()
    assert [each["seq"] for each in newest["items"]] == [5, 6, 7]
    assert (newest["more"], newest["seq"]) == (True, 7)
    rest = rig.ask("lines?before=5&limit=1000").get_json()
    assert [each["seq"] for each in rest["items"]] == [1, 2, 3, 4]
    assert rest["more"] is False
    assert rig.ask("lines?before=5&limit=4").get_json()["more"] is False
    assert rig.ask("lines?limit=0").get_json()["items"][0]["seq"] == 1
    assert rig.ask("lines", BRUNO).get_json() == {"items": [], "more": False, "seq": 0}


def test_a_poll_answers_at_once_when_there_is_something(rig: Rig) -> None:
    rig.post(said("one"), answered("two"), silent=True)
    news = rig.ask("events?after=1&wait=25").get_json()
    assert [line["seq"] for line in news.pop("lines")] == [2]
    assert news == {"seq": 2, "seen": 0, "online": True, "typing": None}
    nothing = rig.ask("events?after=2&wait=0").get_json()
    assert (nothing["lines"], nothing["seq"]) == ([], 2)
    assert rig.ask("events?wait=0").get_json()["seq"] == 2


@pytest.mark.parametrize("what", ["line", "typing", "seen", "offer", "bye"])
def test_a_poll_waits_for_what_happens(rig: Rig, what: str) -> None:
    rig.post(said("one"), silent=True)
    asked = gevent.spawn(lambda: rig.ask("events?after=1&wait=25").get_json())
    gevent.sleep(0.02)
    assert not asked.ready()
    if what == "line":
        rig.post(said("two"))
    elif what == "typing":
        rig.tell(Typing(chat(), "Anna Rossi"))
    elif what == "seen":
        rig.chats.signal([signed(READ, f"{ANNA}.one")])
        rig.tell(Seen(chat(), 1))
    elif what == "offer":
        rig.tell(Offered(ChatOffered(CHANNEL, 1, online=False)))
    else:
        rig.hub.stop()
    news = asked.get(timeout=5)
    assert [line["text"] for line in news["lines"]] == (["two"] if what == "line" else [])
    assert news["seq"] == (2 if what == "line" else 1)
    assert news["typing"] == ({"name": "Anna Rossi"} if what == "typing" else None)
    assert news["seen"] == (1 if what == "seen" else 0)
    assert news["online"] is (what != "offer")


def test_a_verified_visitor_reads_what_was_said_before_the_log_in(rig: Rig) -> None:
    rig.post(said("anonymous"), silent=True)
    assert [each["text"] for each in rig.ask("lines", CARLA, ANNA).get_json()["items"]] == ["anonymous"]
    assert rig.ask("lines", CARLA).get_json()["seq"] == 1
    assert rig.ask("lines", ANNA).get_json()["items"] == []


def test_pages_are_counted_for_the_desk(rig: Rig) -> None:
    page = rig.stream()
    page.next()
    rig.attendance.flush()
    (change,) = rig.presence.untold(10)
    assert (change.guest.visitor_id, change.there) == (ANNA, True)
