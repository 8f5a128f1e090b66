"""Thousands of open chats on real streams processes and a real database, with faults among them."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.chat_pages import ChatPage, ChatPages
from services.webhook_gateway.store.chats import MongoChats
from shared.contracts.chat_posted import ChatPosted
from shared.mongo.connect import connect, database
from shared.runtime.clock import utc_now
from tests.webhook_gateway.webchat.streams.building import answered
from tests.webhook_gateway.webchat.streams.processes import StreamProcesses, page

pytestmark = [pytest.mark.integration, pytest.mark.fault]

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
