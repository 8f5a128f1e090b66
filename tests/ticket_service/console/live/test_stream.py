"""Open pages hear what changes, in time, without a gap, and only as long as they may."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.ticket_service.console.live import hub as hubs
from services.ticket_service.console.live import stream as streams
from services.ticket_service.console.live.hub import Hub
from services.ticket_service.domain.chat_offer import SEEN_WITHIN
from services.ticket_service.domain.viewing import Viewer
from services.ticket_service.store.news import Change, NewsSource
from shared.web import stopping
from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import ANNA, BRUNO, Rig
from tests.ticket_service.console.chats.test_chat_settings import put
from tests.ticket_service.console.chats.test_visitor_pages import talk_of, wrote
from tests.ticket_service.console.live.listening import Ear, listening
from tests.ticket_service.console.rig import begin_session, cookie_of, sign_in

pytestmark = pytest.mark.integration
SOON = 10.0


def _heard_message(page: Ear, number: str) -> bool:
    return number in page.numbers() and bool(page.things("messages"))


def cookie(rig: Rig, user: str = "anna") -> str:
    """The header of a browser in which this user is logged in."""
    return "=".join(cookie_of(rig.app, begin_session(rig, user)))


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """Where the application is served."""
    served: str = request.getfixturevalue("_address")
    return served


@pytest.fixture
def hub(rig: Rig) -> Hub:
    """The hub of the application, following; what other tests did was told already."""
    news = rig.web.services.news
    wait_until(lambda: bool(news.position()))
    settled = news.listen("", ANNA, "settling")
    number = rig.hear("settled")
    wait_until(lambda: number in str(settled.hear(0.1).news.wire()), SOON)
    news.leave(settled)
    return news


def test_a_message_reaches_every_open_page_with_what_it_needs_to_know(
    rig: Rig, hub: Hub, address: str
) -> None:
    with (
        listening(address, cookie(rig, "anna")) as one,
        listening(address, cookie(rig, "vera")) as other,
    ):
        number = rig.hear("Buongiorno")
        for page in (one, other):
            wait_until(partial(_heard_message, page, number), SOON)
            ticket = next(each for each in page.things("tickets") if each["number"] == number)
            message = next(each for each in page.things("messages") if each["number"] == number)
            assert (ticket["status"], ticket["assignee"]) == ("open", None)
            assert (message["direction"], message["kind"]) == ("in", "text")
            assert message["ticket_id"] == ticket["id"]
            assert message["conversation_id"] in {each["id"] for each in page.things("conversations")}
            assert "Buongiorno" not in json.dumps(page.news)


def test_that_somebody_waits_in_a_live_chat_is_told_until_there_is_a_ticket(
    rig: Rig, hub: Hub, address: str
) -> None:
    put(rig, tickets="missed")

    def waiting() -> list[bool]:
        return [each["waiting"] for each in page.things("messages") if "made" in each["what"]]

    with listening(address, cookie(rig, "bruno")) as page:
        wrote(rig, "C'è qualcuno?")
        wait_until(lambda: waiting() == [True], SOON)
        wrote(rig, "Nessuno?")
        wait_until(lambda: waiting() == [True, True], SOON)
        assert rig.post(f"/conversations/{talk_of(rig)}/tickets", {}).status_code == 201
        wrote(rig, "Grazie")
        wait_until(lambda: waiting() == [True, True, False], SOON)


def test_what_changes_is_named(rig: Rig, hub: Hub, address: str) -> None:
    number = rig.hear()
    with listening(address, cookie(rig)) as page:
        rig.change(f"/tickets/{number}", {"priority": "high", "assignee": BRUNO})
        rig.post(f"/tickets/{number}/notes", {"text": "Look at this, @bruno"})
        wait_until(lambda: any(each["mentions"] == [BRUNO] for each in page.things("messages")), SOON)
        what = {name for each in page.things("tickets") if each["number"] == number for name in each["what"]}
        assert {"priority", "assignee"} <= what
        assert page.things("tickets")[-1]["assignee"] == BRUNO


def test_what_comes_together_is_told_together(rig: Rig, hub: Hub, address: str) -> None:
    with listening(address, cookie(rig)) as page:
        numbers = {rig.hear(f"{each}") for each in range(20)}
        wait_until(lambda: numbers <= page.numbers(), SOON)
        assert len(page.news) < len(numbers)


def test_a_page_that_comes_back_misses_nothing(rig: Rig, hub: Hub, address: str) -> None:
    key = cookie(rig)
    with listening(address, key) as page:
        first = rig.hear()
        wait_until(lambda: first in page.numbers(), SOON)
    missed = {rig.hear(f"{each}") for each in range(3)}
    with listening(address, key, after=page.place) as again:
        wait_until(lambda: missed <= again.numbers(), SOON)
        assert first not in again.numbers()
        assert not again.gap


def test_a_page_hears_what_changed_while_it_was_made(rig: Rig, hub: Hub, address: str) -> None:
    html = sign_in(rig).get("/tickets").text
    place = html.partition('name="news-place" content="')[2].partition('"')[0]
    assert place
    missed = rig.hear()
    with listening(address, cookie(rig), after=place) as page:
        wait_until(lambda: missed in page.numbers(), SOON)


def test_another_process_goes_on_where_the_first_one_stopped(rig: Rig, hub: Hub) -> None:
    place = hub.position()
    missed = {rig.hear(f"{each}") for each in range(3)}
    # A process that has only just begun remembers nothing of its own: the database does.
    other = Hub(hub._source)
    listener = other.listen(place, ANNA, "session")
    told = listener.hear(SOON).news.wire()
    assert missed <= {each["number"] for each in told["tickets"]}
    assert listener.hear(0).place >= place


@pytest.mark.parametrize("place", ["00", "82" + "0" * 16 + "2B0229296E04", "no place at all", "8" * 2_000])
def test_a_place_that_nobody_remembers_is_a_gap(rig: Rig, hub: Hub, address: str, place: str) -> None:
    with listening(address, cookie(rig), after=place) as page:
        wait_until(lambda: page.gap, SOON)
        number = rig.hear()
        wait_until(lambda: number in page.numbers(), SOON)


def test_too_much_at_once_is_a_gap(rig: Rig, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ticket_service.domain.news.MOST_THINGS", 5)
    place = hub.position()
    for each in range(3):
        rig.hear(f"{each}")
    assert Hub(hub._source).listen(place, ANNA, "session").hear(SOON).news.wire() == {"gap": True}


def test_without_a_stream_the_same_is_asked_for(rig: Rig, hub: Hub) -> None:
    client = sign_in(rig)
    place = client.get(streams.NEWS).get_json()["place"]
    number = rig.hear()
    wait_until(lambda: number in json.dumps(client.get(f"{streams.NEWS}?after={place}").get_json()), SOON)
    answer = client.get(f"{streams.NEWS}?after={place}").get_json()
    assert answer["place"] > place


@pytest.mark.parametrize("path", [streams.EVENTS, streams.NEWS])
def test_nobody_hears_anything_without_a_log_in(rig: Rig, hub: Hub, path: str) -> None:
    assert rig.client.get(path).status_code == 401
    assert rig.client.get(path, headers={"Authorization": "Bearer spt_nonsense"}).status_code == 401


def test_the_stream_ends_when_the_session_is_revoked(rig: Rig, hub: Hub, address: str) -> None:
    with listening(address, cookie(rig)) as page, listening(address, cookie(rig, "bruno")) as other:
        rig.web.services.doors.sessions.end_all(ANNA)
        wait_until(page.ended.is_set, 4)
        assert page.kinds == ["over"]
        assert not other.ended.is_set()


def test_the_stream_ends_when_the_user_is_shut_out(rig: Rig, hub: Hub, address: str) -> None:
    with listening(address, cookie(rig, "bruno")) as page:
        rig.db["users"].update_one({"_id": BRUNO}, {"$set": {"active": False}})
        wait_until(page.ended.is_set, 4)


def test_listening_does_not_keep_a_session_alive(rig: Rig, hub: Hub, address: str) -> None:
    key = cookie(rig)
    began = rig.clock.now
    with listening(address, key) as page:
        rig.clock.forward(hours=13)
        rig.db["users"].update_one({"_id": ANNA}, {"$set": {"available": False}})
        wait_until(page.ended.is_set, 4)
    assert {each["last_seen_at"] for each in rig.db["sessions"].find()} == {began}


def test_who_has_a_page_open_is_at_the_desk(
    rig: Rig, hub: Hub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PRESENT_SECONDS", 0.0)
    sessions, began = rig.web.services.doors.sessions, rig.clock.now
    with listening(address, cookie(rig)):
        rig.clock.forward(hours=1)
        lately = rig.clock.now - SEEN_WITHIN
        wait_until(lambda: sessions.users_seen(lately) == {ANNA}, SOON)
    assert {each["last_seen_at"] for each in rig.db["sessions"].find()} == {began}
    assert sessions.users_seen(rig.clock.now + timedelta(seconds=1)) == set()


def test_that_a_page_is_open_is_no_news(rig: Rig) -> None:
    cookie(rig)
    (session,) = rig.db["sessions"].find()
    with NewsSource(rig.db).follow() as following:
        rig.web.services.doors.sessions.present(session["_id"], rig.clock.now)
        rig.db["users"].update_one({"_id": ANNA}, {"$set": {"available": False}})
        changes: list[Change | None] = []
        wait_until(lambda: changes.append(following.next()) or changes[-1] is not None, SOON)  # type: ignore[func-returns-value]
    assert [each.collection for each in changes if each is not None] == ["users"]


def test_streams_end_when_the_process_is_told_to_stop(
    rig: Rig, hub: Hub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = type(stopping.STOPPING)()
    monkeypatch.setattr(streams, "STOPPING", ending)
    with listening(address, cookie(rig)) as page:
        ending.request()
        wait_until(page.ended.is_set, 3)


def test_a_page_that_is_closed_gives_its_place_free(rig: Rig, hub: Hub, address: str) -> None:
    with listening(address, cookie(rig)):
        assert len(hub._listeners) == 1
    wait_until(lambda: not hub._listeners, 3)


@pytest.fixture
def small(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The application's hub with room for two."""
    hub = rig.web.services.news
    monkeypatch.setattr(hub, "_most", 2)
    wait_until(lambda: not hub._listeners, 3)
    return hub


def test_more_streams_than_there_is_room_for_are_sent_away(rig: Rig, small: Hub, address: str) -> None:
    with ExitStack() as open_pages:
        for user in ("anna", "bruno"):
            open_pages.enter_context(listening(address, cookie(rig, user)))
        refused = Ear(address, cookie(rig, "vera"))
        assert refused.answer.status == 503
        assert int(refused.answer.headers["Retry-After"]) > 0
        assert json.loads(refused.answer.read())["type"] == "urn:sportello:problem:too-many-streams"
        assert rig.get("/tickets").status_code == 200
    wait_until(lambda: not small._listeners, 3)


def test_one_user_does_not_take_the_place_of_all_others(
    rig: Rig, hub: Hub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_OF_ONE", 2)
    with ExitStack() as open_pages:
        first, *others = [open_pages.enter_context(listening(address, cookie(rig))) for _ in range(3)]
        wait_until(first.ended.is_set, 4)
        assert first.kinds == ["replaced"]
        assert not any(each.ended.is_set() for each in others)


def test_the_answer_is_what_browsers_and_proxies_expect(rig: Rig, hub: Hub, address: str) -> None:
    with listening(address, cookie(rig)) as page:
        headers = page.answer.headers
        assert headers["Content-Type"].startswith("text/event-stream")
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Accel-Buffering"] == "no"


def test_a_silent_stream_says_how_far_it_is(
    rig: Rig, hub: Hub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "ALIVE_SECONDS", 0.1)
    with listening(address, cookie(rig)) as page:
        wait_until(lambda: page.place, SOON)
        assert not page.news


def test_who_looks_at_a_ticket_is_told_when_it_changes_and_not_at_each_heartbeat(
    rig: Rig, hub: Hub, address: str
) -> None:
    viewing, now = rig.web.services.viewing, datetime.now(UTC)
    with listening(address, cookie(rig)) as page:
        for typing in (False, False, False, True, True):
            viewing.seen(Viewer("TT9", BRUNO, "Bruno", typing, now))
        viewing.left("TT9", BRUNO)
        wait_until(lambda: any(each["left"] for each in page.things("presence")), SOON)
        assert 1 <= len(page.things("presence")) <= 3
        assert {each["number"] for each in page.things("presence")} == {"TT9"}
