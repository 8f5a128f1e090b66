"""Thousands of open chats on real streams processes and a real database, with faults among them."""

from __future__ import annotations

import contextlib
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pymongo.errors import PyMongoError

from bench.chat_pages import ChatPage, ChatPages
from deploy.local.private import PrivateMongo
from services.webhook_gateway.chats.settings import MOST_OF_ADDRESS
from services.webhook_gateway.store.chats import MongoChats
from shared.contracts.chat_posted import ChatPosted
from shared.messaging.message import Unavailable
from shared.mongo.connect import connect, database
from shared.runtime.clock import utc_now
from tests.webhook_gateway.webchat.streams.building import answered
from tests.webhook_gateway.webchat.streams.processes import STREAM, StreamProcesses, page, token

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

MANY = 2_000


@pytest.fixture
def replicas(mongodb_uri: str, database_name: str, tmp_path: Path) -> Iterator[StreamProcesses]:
    processes = StreamProcesses(mongodb_uri, database_name, tmp_path)
    try:
        yield processes
    finally:
        processes.stop()


@pytest.fixture
def chats(mongodb_uri: str, database_name: str) -> Iterator[MongoChats]:
    with connect(mongodb_uri, "test") as client:
        yield MongoChats(client, database(client, database_name), utc_now)


@pytest.fixture
def files_enough() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MANY + 1_000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def visitor(number: int) -> str:
    return f"v-{number:032x}"


def post_round(chats: MongoChats, turn: int, count: int) -> None:
    """A line of each visitor's own, as batches of a worker."""
    lines: list[ChatPosted] = [answered(f"{turn}-{who}", visitor(who)) for who in range(count)]
    for start in range(0, count, 200):
        chats.post(lines[start : start + 200])


def told(pages: Sequence[ChatPage], turns: int) -> bool:
    return all(len(each.lines) >= turns for each in pages)


def exact(pages: Sequence[ChatPage], turns: int) -> None:
    """Everybody has all of their own lines, in order, each once, and nothing of anybody else."""
    for each in pages:
        lines = [line for line, _ in each.lines]
        assert [line["seq"] for line in lines] == list(range(1, turns + 1)), each.number
        assert [line["text"] for line in lines] == [f"{turn}-{each.number}" for turn in range(turns)]


def test_two_thousand_open_chats_each_get_their_own_lines_once_and_in_order_through_a_kill(
    replicas: StreamProcesses, chats: MongoChats, files_enough: None
) -> None:
    first = replicas.start()
    second = replicas.start()
    pages = [page(number, visitor(number), first) for number in range(MANY)]
    many = ChatPages(pages)
    for each in pages:
        each.last = 0
    try:
        assert many.run(many.all_open, 60)
        post_round(chats, 0, MANY)
        assert many.run(lambda: told(pages, 1), 60)
        many.elsewhere = second
        post_round(chats, 1, MANY // 2)
        replicas.kill(first)
        post_round(chats, 1, MANY)
        post_round(chats, 2, MANY)
        assert many.run(lambda: told(pages, 3), 60)
        exact(pages, 3)
    finally:
        many.close()


def crowd_of(port: int) -> ChatPages:
    """All streams that one address may have, of as many visitors; a few more are sent away."""
    many = [
        ChatPage(number, STREAM, token(visitor(MANY + number)), port, "198.51.100.7")
        for number in range(MOST_OF_ADDRESS + 5)
    ]
    crowd = ChatPages(many)
    assert crowd.run(lambda: all(each.statuses for each in many), 60)
    assert Counter(each.statuses[0] for each in many) == {200: MOST_OF_ADDRESS, 429: 5}
    return crowd


def test_told_to_stop_a_process_says_good_bye_to_all_and_nothing_is_missed_where_one_address_is_crowded(
    replicas: StreamProcesses, chats: MongoChats
) -> None:
    first = replicas.start()
    second = replicas.start()
    crowd = crowd_of(second)
    pages = [page(number, visitor(number), first) for number in range(200)]
    many = ChatPages(pages)
    for each in pages:
        each.last = 0
    try:
        assert many.run(many.all_open, 60)
        post_round(chats, 0, 200)
        assert many.run(lambda: told(pages, 1), 30)
        many.reconnects = False
        began = time.monotonic()
        replicas.terminate(first)
        assert many.run(lambda: all(each.closed for each in pages), 5)
        assert time.monotonic() - began < 5
        assert all(each.events["bye"] == 1 for each in pages)
        assert replicas.code(first, 20) == 0
        post_round(chats, 1, 200)
        many.reconnects, many.elsewhere = True, second
        for each in pages:
            each.port = second
        assert many.run(lambda: told(pages, 2), 60)
        exact(pages, 2)
    finally:
        many.close()
        crowd.close()


def test_streams_outlive_a_database_that_changes_its_primary_or_dies(
    private_mongo: PrivateMongo, tmp_path: Path
) -> None:
    replicas = StreamProcesses(private_mongo.uri, "sportello_test", tmp_path)
    port = replicas.start()
    pages = [page(number, visitor(number), port) for number in range(50)]
    many = ChatPages(pages)
    for each in pages:
        each.last = 0
    with connect(private_mongo.uri, "test") as client:
        chats = MongoChats(client, database(client, "sportello_test"), utc_now)

        def post(turn: int) -> bool:
            try:
                post_round(chats, turn, len(pages))
            except Unavailable:
                return False
            return True

        try:
            assert many.run(many.all_open, 60)
            post_round(chats, 0, len(pages))
            with contextlib.suppress(PyMongoError):
                client.admin.command({"replSetStepDown": 2, "force": True})
            assert many.run(lambda: post(1), 60)
            assert many.run(lambda: told(pages, 2), 60)
            private_mongo.kill()
            private_mongo.start()
            assert many.run(lambda: post(2), 60)
            assert many.run(lambda: told(pages, 3), 60)
            exact(pages, 3)
            assert all(each.statuses == [200] for each in pages)
        finally:
            many.close()
            replicas.stop()
