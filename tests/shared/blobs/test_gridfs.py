"""What only the real store can get wrong: uploads that died, memory, a database that is away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shared.blobs.gridfs import ABANDONED_SECONDS, PIECE, GridFsBlobStore
from shared.blobs.store import BlobMissing
from shared.messaging.message import Unavailable
from shared.mongo.connect import connect, database
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
MIB = 1 << 20

DYING_PUT = """
import sys, time
from shared.blobs.gridfs import GridFsBlobStore
from shared.mongo.connect import connect

def slow():
    for _ in range(3):
        yield b"x" * (1 << 20)
    print("half way", flush=True)
    time.sleep(60)

store = GridFsBlobStore(connect(sys.argv[1], "dying"), sys.argv[2])
store.put("b1", slow(), mime_type="text/plain", max_bytes=1 << 30)
"""


def test_a_put_killed_half_way_leaves_no_file_and_its_pieces_are_swept(
    mongodb_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", DYING_PUT, mongodb_uri, database_name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child, child.stdout as output:
        assert output.readline() == b"half way\n"
        os.kill(child.pid, signal.SIGKILL)
    with connect(mongodb_uri, "test") as client:
        pieces = database(client, database_name)["blobs.chunks"]
        store = GridFsBlobStore(client, database_name)
        assert pieces.count_documents({}) == 3
        with pytest.raises(BlobMissing), store.open("b1"):
            pass
        store.put("b1", [b"hello"], mime_type="text/plain", max_bytes=100)
        with store.open("b1") as (blob, content):
            assert (blob.size, b"".join(content)) == (5, b"hello")
        assert pieces.count_documents({}) == 4, "younger than an hour: another put may be at it"
        store.delete("b1")
        later = time.time() + ABANDONED_SECONDS + 5
        monkeypatch.setattr(time, "time", lambda: later)
        store.put("b1", [b"hello"], mime_type="text/plain", max_bytes=100)
        assert pieces.count_documents({}) == 1


def test_a_hundred_megabytes_pass_in_both_directions_with_little_memory(
    mongodb_uri: str, database_name: str
) -> None:
    own = psutil.Process()
    most = 0

    def content() -> Iterator[bytes]:
        nonlocal most
        for number in range(1600):
            most = max(most, own.memory_info().rss)
            yield bytes([number % 256]) * 65_536

    with connect(mongodb_uri, "test") as client:
        store = GridFsBlobStore(client, database_name)
        store.put("warm", [b"x" * 3 * PIECE], mime_type="a/b", max_bytes=10 * PIECE)
        before = own.memory_info().rss
        blob = store.put("b1", content(), mime_type="a/b", max_bytes=100 * MIB)
        assert blob.size == 100 * MIB
        with store.open("b1") as (_, pieces):
            for _piece in pieces:
                most = max(most, own.memory_info().rss)
    assert most - before < 20 * MIB


def test_a_database_that_is_away_is_said_to_be(database_name: str) -> None:
    nowhere = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"
    with connect(nowhere, "test") as client:
        store = GridFsBlobStore(client, database_name)
        with pytest.raises(Unavailable):
            store.put("b1", [b"hello"], mime_type="a/b", max_bytes=100)
        with pytest.raises(Unavailable), store.open("b1"):
            pass


def test_a_read_of_what_is_deleted_meanwhile_says_so(mongodb_uri: str, database_name: str) -> None:
    with connect(mongodb_uri, "test") as client:
        store = GridFsBlobStore(client, database_name)
        store.put("b1", [b"x" * 8 * PIECE], mime_type="a/b", max_bytes=8 * PIECE)
        with store.open("b1") as (_, pieces):
            next(pieces)
            wait_until(lambda: store.delete("b1"))
            with pytest.raises(BlobMissing):
                list(pieces)
