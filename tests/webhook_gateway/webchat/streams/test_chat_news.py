"""The database's stream of changes as news of chats."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pymongo.database import Database

from services.webhook_gateway.chat_ports import ChatNews, NewLine, NewsLost, Offered, Seen, Typing
from services.webhook_gateway.store.chat_news import MongoChatNews
from services.webhook_gateway.store.chats import MongoChats
from services.webhook_gateway.store.offers import MongoOffers
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.presence_requested import READ, TYPING
from shared.mongo.connect import Document, connect, database
from tests.webhook_gateway.webchat.streams.building import (
    ANNA,
    CARLA,
    CHANNEL,
    NOW,
    answered,
    chat,
    erased,
    said,
    signed,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def db(mongodb_uri: str, database_name: str) -> Iterator[Database[Document]]:
    with connect(mongodb_uri, "test") as client:
        yield database(client, database_name)


@pytest.fixture
def chats(db: Database[Document]) -> MongoChats:
    return MongoChats(db.client, db, lambda: NOW)


@pytest.fixture
def news(db: Database[Document]) -> MongoChatNews:
    return MongoChatNews(db, await_seconds=0.2)


def take(news: MongoChatNews, count: int) -> list[ChatNews]:
    """The next news, which must be there soon."""
    found: list[ChatNews] = []
    for _ in range(50):
        if len(found) < count and (one := news.next()) is not None:
            found.append(one)
    assert len(found) == count
    return found


def test_what_happens_is_told_in_its_order_and_nothing_else(
    chats: MongoChats, db: Database[Document], news: MongoChatNews
) -> None:
    offers = MongoOffers(db)
    with news.follow():
        chats.post([said("one"), answered("two")])
        chats.signal([signed(READ, f"{ANNA}.one"), signed(TYPING, f"{ANNA}.one", author="Anna Rossi")])
        chats.post([said("one")])
        offers.keep([ChatOffered(CHANNEL, 2, online=False)])
        offers.keep([ChatOffered(CHANNEL, 1)])
        chats.adopt(CHANNEL, CARLA, [ANNA])
        chats.forget([erased(ANNA, at=10)])
        offers.keep([ChatOffered(CHANNEL, 3)])
        told = take(news, 9)
    first, second, seen, typing, offer, moved, moved_too, moved_seen, last = told
    assert isinstance(first, NewLine)
    assert (first.chat, first.line.seq, first.line.posted) == (chat(), 1, said("one"))
    assert isinstance(second, NewLine)
    assert second.line.posted == answered("two")
    assert (seen, typing) == (Seen(chat(), 1), Typing(chat(), "Anna Rossi"))
    assert offer == Offered(ChatOffered(CHANNEL, 2, online=False))
    assert isinstance(moved, NewLine)
    assert isinstance(moved_too, NewLine)
    assert [(one.chat, one.line.seq) for one in (moved, moved_too)] == [(chat(CARLA), 1), (chat(CARLA), 2)]
    assert moved_seen == Seen(chat(CARLA), 1)
    assert last == Offered(ChatOffered(CHANNEL, 3))


def test_typing_on_is_told_again(chats: MongoChats, news: MongoChatNews) -> None:
    with news.follow():
        for at in (0, 3, 6):
            chats.signal([signed(TYPING, "x", at=at)])
        assert take(news, 3) == [Typing(chat())] * 3


def test_what_happened_between_two_times_of_listening_is_told_the_second_time(
    chats: MongoChats, news: MongoChatNews
) -> None:
    with news.follow():
        chats.post([said("one")])
        take(news, 1)
    chats.post([said("two"), said("three")])
    with news.follow():
        told = [one.line.posted.text for one in take(news, 2) if isinstance(one, NewLine)]
    assert told == ["two", "three"]


def test_a_place_that_the_database_does_not_know_is_said_and_the_next_time_begins_anew(
    chats: MongoChats, news: MongoChatNews
) -> None:
    news._place = {"_data": "8263"}
    with pytest.raises(NewsLost), news.follow():
        news.next()
    with news.follow():
        chats.post([said("one")])
        assert len(take(news, 1)) == 1
