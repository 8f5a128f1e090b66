"""What an open page, a poll and the board of offers do at their limits, and while things are away."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import gevent
import pytest

from services.webhook_gateway.chat_ports import NewsLost, Offered
from services.webhook_gateway.chats.stream import SEND_SECONDS, EventStream
from services.webhook_gateway.chats.wire import ALIVE
from shared.contracts.chat_offered import ChatOffered
from tests.webhook_gateway.webchat.streams.building import ANNA, CARLA, CHANNEL, DAVIDE, chat, said
from tests.webhook_gateway.webchat.streams.rig import Rig

DOORS = "services.webhook_gateway.chats.doors"


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.stop()


class Silent:
    """A tale without events."""

    def events(self) -> Iterator[bytes]:
        return iter(())


def test_a_page_that_hears_nothing_is_sent_a_sign_of_life(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.webhook_gateway.chats.stream.ALIVE_SECONDS", 0.01)
    monkeypatch.setattr("services.webhook_gateway.chats.stream._PAUSE_SECONDS", 0.01)
    page = rig.stream()
    page.next()
    with gevent.Timeout(5):
        assert next(page._pieces) == ALIVE


def test_no_proxy_is_to_hold_a_stream_back(rig: Rig) -> None:
    answer = rig.ask("stream")
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()


def test_who_takes_nothing_is_given_up_and_nothing_more_is_read_from_a_page_that_ended() -> None:
    here, there = socket.socketpair()
    left: list[str] = []
    with here, there:
        body = EventStream(Silent(), lambda: left.append("left"), here)  # type: ignore[arg-type]
        assert here.gettimeout() == SEND_SECONDS
        there.send(b"GET /another")
        body.close()
        assert left == ["left"]
        here.recv(100)
        assert here.recv(1) == b""
        there.close()
        body.close()


def test_a_poll_waits_no_longer_than_proxies_do(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{DOORS}.LONGEST_WAIT", 0.05)
    with gevent.Timeout(5):
        assert rig.ask("events?wait=3600").get_json()["lines"] == []
        assert rig.ask("events").get_json()["lines"] == []


def test_a_poll_finds_what_no_news_told(rig: Rig) -> None:
    asked = gevent.spawn(lambda: rig.ask("events?after=0&wait=25").get_json())
    gevent.sleep(0.02)
    rig.post(said("silent"), silent=True)
    rig.tell(NewsLost("on purpose"))
    assert [line["text"] for line in asked.get(timeout=5)["lines"]] == ["silent"]


def test_a_page_of_the_past_has_a_largest_size(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{DOORS}.MOST_LINES", 2)
    rig.post(*(said(str(number)) for number in range(1, 5)), silent=True)
    assert [line["seq"] for line in rig.ask("lines?limit=1000").get_json()["items"]] == [3, 4]
    assert [line["seq"] for line in rig.ask("events?after=0&wait=0").get_json()["lines"]] == [1, 2]


def test_a_visitor_adopts_once_as_long_as_that_is_remembered(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted: list[str] = []
    monkeypatch.setattr(f"{DOORS}._REMEMBERED", 1)
    monkeypatch.setattr(rig.chats, "adopt", lambda channel, visitor, former: adopted.append(visitor))
    for visitor in (CARLA, CARLA, DAVIDE, DAVIDE, CARLA):
        rig.ask("lines", visitor, ANNA)
    assert adopted == [CARLA, DAVIDE, CARLA]


def test_an_offer_that_could_not_be_read_is_read_the_next_time(rig: Rig) -> None:
    rig.offers.keep([ChatOffered(CHANNEL, 1, online=False)])
    rig.offers.away = True
    assert rig.stream().next().data["online"] is True
    rig.offers.away = False
    assert rig.stream().next().data["online"] is False


def test_the_latest_offer_counts_however_late_an_earlier_one_comes(rig: Rig) -> None:
    for offer in (ChatOffered(CHANNEL, 2, online=False), ChatOffered(CHANNEL, 1)):
        rig.tell(Offered(offer))
    rig.settle()
    assert rig.stream().next().data["online"] is False


def test_a_page_of_another_channel_hears_nothing_of_an_offer(rig: Rig) -> None:
    mailbox = rig.hub.open("another", chat(), "")
    rig.tell(Offered(ChatOffered(CHANNEL, 1, online=False)))
    rig.settle()
    assert mailbox.hear(0).offer is None
