"""What every store of chats must do; run on MongoDB and on the in-memory twin."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from services.webhook_gateway.chat_ports import Chats, Standing
from services.webhook_gateway.store.chats import MongoChats
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.presence_requested import READ, TYPING
from shared.mongo.connect import connect, database
from tests.support.memory_chats import MemoryChats
from tests.webhook_gateway.webchat.streams.building import (
    ANNA,
    BRUNO,
    CARLA,
    CHANNEL,
    DAVIDE,
    NOW,
    answered,
    chat,
    erased,
    said,
    signed,
)


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def chats(request: pytest.FixtureRequest) -> Iterator[Chats]:
    if request.param == "memory":
        yield MemoryChats()
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        db = database(client, request.getfixturevalue("database_name"))
        yield MongoChats(client, db, lambda: NOW)


def texts(chats: Chats, visitor: str = ANNA) -> list[tuple[int, str]]:
    return [(line.seq, line.posted.text) for line in chats.after(chat(visitor), 0, 1_000)]


def test_lines_are_numbered_by_chat_in_the_order_of_posting(chats: Chats) -> None:
    chats.post([said("one"), said("else", BRUNO), answered("two")])
    chats.post([said("three", at=-60)])
    assert texts(chats) == [(1, "one"), (2, "two"), (3, "three")]
    assert texts(chats, BRUNO) == [(1, "else")]
    assert chats.standing(chat()) == Standing(3, 0)
    assert chats.standing(chat(CARLA)) == Standing()


def test_a_line_comes_back_as_it_was_posted(chats: Chats) -> None:
    line = answered("two", reply_to="x", ticket_number="TT24", by_mail=True)
    chats.post([line])
    assert [one.posted for one in chats.after(chat(), 0, 10)] == [line]


def test_a_line_posted_again_is_there_once(chats: Chats) -> None:
    chats.post([said("one"), said("one"), said("two")])
    chats.post([said("two"), said("one"), said("three"), replace(said("one"), channel_id="another")])
    assert texts(chats) == [(1, "one"), (2, "two"), (3, "three")]
    assert chats.standing(f"another:{ANNA}") == Standing(1, 0)


def test_pages_forwards_and_backwards(chats: Chats) -> None:
    chats.post([said(str(number)) for number in range(1, 8)])
    assert [line.seq for line in chats.after(chat(), 2, 3)] == [3, 4, 5]
    assert [line.seq for line in chats.before(chat(), None, 3)] == [5, 6, 7]
    assert [line.seq for line in chats.before(chat(), 5, 3)] == [2, 3, 4]
    assert [line.seq for line in chats.before(chat(), 2, 3)] == [1]
    assert chats.before(chat(), 1, 3) == []


def test_many_who_post_into_one_chat_leave_neither_gap_nor_double(chats: Chats) -> None:
    batches: list[list[ChatPosted]] = [[said(f"{who}-{turn}") for turn in range(5)] for who in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(chats.post, [*batches, *batches]))
    found = chats.after(chat(), 0, 1_000)
    assert [line.seq for line in found] == list(range(1, 41))
    assert len({line.posted.line_id for line in found}) == 40
    for who in range(8):
        own = [line.posted.text for line in found if line.posted.text.startswith(f"{who}-")]
        assert own == [f"{who}-{turn}" for turn in range(5)]


def test_what_the_desk_has_read_only_grows(chats: Chats) -> None:
    lines = [said("one"), answered("two"), said("three")]
    chats.post(lines)
    chats.signal([signed(READ, lines[2].line_id)])
    chats.signal([signed(READ, lines[0].line_id), signed(READ, "nothing")])
    assert chats.standing(chat()) == Standing(3, 3)


def test_signs_of_chats_that_are_not_there_are_harmless(chats: Chats) -> None:
    chats.signal([signed(READ, "nothing"), signed(TYPING, "nothing"), signed(TYPING, "nothing", at=1)])
    assert chats.standing(chat()) == Standing()


def test_a_verified_visitor_finds_what_was_said_before_the_log_in(chats: Chats) -> None:
    chats.post([said("last week", CARLA), said("today", ANNA), answered("yes?", ANNA)])
    chats.signal([signed(READ, f"{ANNA}.today", ANNA)])
    chats.adopt(CHANNEL, CARLA, [ANNA])
    assert texts(chats, CARLA) == [(1, "last week"), (2, "today"), (3, "yes?")]
    assert chats.standing(chat(CARLA)) == Standing(3, 2)
    assert texts(chats, ANNA) == []


def test_what_is_posted_to_an_adopted_visitor_goes_to_who_adopted(chats: Chats) -> None:
    chats.adopt(CHANNEL, CARLA, [ANNA, BRUNO])
    chats.post([said("late", ANNA), answered("answer", BRUNO)])
    chats.post([said("late", ANNA)])
    chats.adopt(CHANNEL, CARLA, [ANNA, BRUNO])
    assert texts(chats, CARLA) == [(1, "late"), (2, "answer")]
    chats.signal([signed(READ, f"{ANNA}.late", ANNA)])
    assert chats.standing(chat(CARLA)).seen == 1


def test_nobody_adopts_the_verified_or_who_is_adopted(chats: Chats) -> None:
    chats.post([said("mine", ANNA), said("verified", DAVIDE)])
    chats.adopt(CHANNEL, BRUNO, [ANNA])
    chats.adopt(CHANNEL, CARLA, [DAVIDE])
    assert texts(chats, ANNA) == [(1, "mine")]
    chats.adopt(CHANNEL, CARLA, [ANNA])
    chats.adopt(CHANNEL, DAVIDE, [ANNA])
    assert texts(chats, CARLA) == [(1, "mine")]
    assert texts(chats, DAVIDE) == [(1, "verified")]


def test_an_erased_person_leaves_nothing_and_nothing_old_comes_back(chats: Chats) -> None:
    chats.post([said("before"), said("else", BRUNO)])
    chats.forget([erased(ANNA, "+39335123", at=10)])
    chats.post([said("before"), said("late", at=5)])
    assert texts(chats) == []
    chats.post([said("again", at=20)])
    assert [text for _, text in texts(chats)] == ["again"]
    assert chats.standing(chat()).seq == 2
    assert texts(chats, BRUNO) == [(1, "else")]


def test_erasing_finds_lines_in_the_chat_that_adopted_them(chats: Chats) -> None:
    chats.post([said("anonymous", ANNA), said("verified", CARLA)])
    chats.adopt(CHANNEL, CARLA, [ANNA])
    chats.forget([erased(ANNA, at=10)])
    assert [text for _, text in texts(chats, CARLA)] == ["verified"]
