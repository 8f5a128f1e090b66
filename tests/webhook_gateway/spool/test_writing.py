"""Appending to the spool: on disk before it returns, many at once in one file, honest refusals."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from services.webhook_gateway.ports import SpoolBroken, SpoolFull
from services.webhook_gateway.spool import writing
from services.webhook_gateway.spool.gate import Gate
from shared.messaging.message import Outgoing
from tests.webhook_gateway.spool.disks import make_unwritable, make_writable, small_disk
from tests.webhook_gateway.spool.fakes import Spooling, metric


@pytest.fixture
def process(tmp_path: Path) -> Spooling:
    return Spooling(tmp_path / "spool")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Spooling]:
    """Its disk has 64 kB."""
    with small_disk(tmp_path / "disk", 65_536) as folder:
        yield Spooling(folder)


def test_a_request_is_one_file_forced_to_disk_before_it_has_its_name(
    process: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noting_fsync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        fsync(descriptor)

    def noting_rename(path: Any, target: Any) -> None:
        steps.append("name")
        rename(path, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "rename", noting_rename)
    assert not process.spool.goes_first()
    process.append("one", "two")
    assert steps == ["file", "name", "folder"]
    assert [file.messages for file in process.directory.files()] == [2]
    assert process.spool.goes_first()


def test_what_waits_in_one_turn_shares_a_file(process: Spooling) -> None:
    before = metric("spooled_total")
    texts = [str(number) for number in range(100)]
    process.append_at_once(*texts)
    assert [file.messages for file in process.directory.files()] == [100]
    process.drainer.drain()
    assert process.broker.bodies() == texts
    assert metric("spooled_total") == before + 100


def test_a_file_does_not_grow_beyond_a_batch(process: Spooling) -> None:
    process.append_at_once(*map(str, range(600)))
    assert [file.messages for file in process.directory.files()] == [256, 256, 88]


def test_nothing_to_keep_needs_no_file(process: Spooling) -> None:
    process.append()
    assert process.files() == []


def test_the_hub_goes_on_while_the_disk_is_slow(process: Spooling, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        time.sleep(0.1)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    writing = gevent.spawn(process.append, "x")
    turns = 0
    while not writing.ready():
        gevent.sleep(0.001)
        turns += 1
    writing.get()
    assert turns > 20


def test_a_request_that_waited_for_the_broker_goes_out_before_later_ones(process: Spooling) -> None:
    process.append("third", arrived=30)
    process.append_at_once("a", "b")
    process.append("first", arrived=10)
    process.append("second", arrived=20)
    process.drainer.drain()
    texts = process.broker.bodies()
    assert texts.index("first") < texts.index("second") < texts.index("third")


def test_late_and_new_requests_of_one_turn_each_get_their_place(process: Spooling) -> None:
    process.append("b", arrived=30)
    late, new = gevent.spawn(process.append, "a", arrived=10), gevent.spawn(process.append, "c", arrived=40)
    gevent.joinall([late, new], raise_error=True)
    assert [file.at for file in process.directory.files()] == [10, 30, 40]


def test_entries_leave_by_when_they_came_also_across_files(process: Spooling) -> None:
    tasks = [gevent.spawn(process.append, str(at), arrived=at) for at in (10, 40)]
    gevent.joinall(tasks, raise_error=True)
    process.append("20", arrived=20)
    assert len(process.directory.files()) == 2
    process.drainer.drain()
    assert process.broker.bodies() == ["10", "20", "40"]


def test_what_is_about_to_be_written_goes_first_already(
    process: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = process.directory.used

    def slow() -> int:
        time.sleep(0.1)
        return used()

    monkeypatch.setattr(process.directory, "used", slow)
    task = gevent.spawn(process.append, "x")
    gevent.sleep(0.02)
    assert process.files() == []
    assert process.spool.goes_first()
    task.get()


def test_full_is_refused_and_room_is_used_again(tmp_path: Path) -> None:
    process = Spooling(tmp_path / "spool", max_bytes=100_000)
    before = metric("spool_refused_total", reason="full")
    process.append("x" * 60_000)
    with pytest.raises(SpoolFull):
        process.append("y" * 60_000)
    process.append("small ones still fit")
    assert metric("spool_refused_total", reason="full") == before + 1
    assert process.spool.refusal() == "the spool is full"
    process.drainer.drain()
    assert process.broker.bodies() == ["x" * 60_000, "small ones still fit"]
    process.directory.usage()
    assert process.spool.refusal() is None
    process.append("y" * 60_000)


def test_what_another_process_wrote_counts_against_the_limit(tmp_path: Path) -> None:
    Spooling(tmp_path / "spool").append("x" * 60_000)
    with pytest.raises(SpoolFull):
        Spooling(tmp_path / "spool", max_bytes=100_000).append("y" * 60_000)


def test_a_disk_without_room_is_refused_and_nothing_half_stays(small: Spooling) -> None:
    small.append("x" * 20_000)
    with pytest.raises(SpoolBroken, match="No space left"):
        small.append("y" * 60_000)
    assert len(small.files()) == 1
    small.append("there is room for this")
    small.drainer.drain()
    assert small.broker.bodies() == ["x" * 20_000, "there is room for this"]


def test_a_disk_that_cannot_be_written_is_refused_until_it_is_repaired(small: Spooling) -> None:
    before = metric("spool_refused_total", reason="broken")
    make_unwritable(small.directory.folder)
    with pytest.raises(SpoolBroken, match="Read-only"):
        small.append("x")
    assert "Read-only" in (small.spool.refusal() or "")
    make_writable(small.directory.folder)
    assert small.spool.refusal() is None
    small.append("x")
    assert metric("spool_refused_total", reason="broken") == before + 1


def test_a_disk_that_hangs_does_not_hold_requests(process: Spooling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "WRITE_SECONDS", 0.05)
    write = process.directory.write

    def hanging(at: int, lines: list[bytes]) -> object:
        time.sleep(0.3)
        return write(at, lines)

    monkeypatch.setattr(process.directory, "write", hanging)
    tasks = [gevent.spawn(process.append, text) for text in "ab"]
    for task in tasks:
        with pytest.raises(SpoolBroken, match="takes longer"):
            task.get()
    monkeypatch.setattr(writing, "WRITE_SECONDS", 5.0)
    process.append("c")
    assert process.spool.refusal() is None


def test_a_mistake_of_ours_is_told_to_who_waits(process: Spooling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.directory, "used", lambda: None)
    with pytest.raises(SpoolBroken, match="TypeError"):
        process.append("x")


def test_a_folder_that_vanished_does_not_keep_messages_from_the_broker(process: Spooling) -> None:
    shutil.rmtree(process.directory.folder)
    assert not process.spool.goes_first()
    with pytest.raises(SpoolBroken):
        process.append("x")
    assert "No such file" in (process.spool.refusal() or "")


def test_new_requests_wait_while_the_spool_is_handed_over(tmp_path: Path) -> None:
    draining, serving = Spooling(tmp_path / "spool"), Spooling(tmp_path / "spool")
    draining.append("x")
    assert serving.spool.goes_first()
    order: list[str] = []

    def request(name: str) -> None:
        assert serving.spool.goes_first() is False
        order.append(name)

    with Gate(draining.directory).close() as closed:
        assert closed
        requests = [gevent.spawn(request, name) for name in "abc"]
        gevent.sleep(0.05)
        assert order == []
        draining.directory.remove(draining.directory.files())
    gevent.joinall(requests, raise_error=True)
    assert order == ["a", "b", "c"]


def test_gauges_say_what_waits_and_are_zero_when_it_left(process: Spooling) -> None:
    process.append("one", "two", arrived=time.time_ns() - 90_000_000_000)
    process.spool.measure()
    assert metric("spool_entries") == 2
    assert metric("spool_bytes") == process.directory.usage().bytes > 0
    assert metric("spool_limit_bytes") == 512 * 1024 * 1024
    assert 90 <= metric("spool_oldest_seconds") < 120
    process.drainer.drain()
    process.spool.measure()
    assert [metric(f"spool_{name}") for name in ("entries", "bytes", "oldest_seconds")] == [0, 0, 0]


def test_any_bytes_survive(process: Spooling) -> None:
    bodies = [b"", b"\x00\xff\n", "perché\n".encode(), b"x" * 3_000_000]
    process.spool.append([Outgoing("inbound", "inbound.1", body) for body in bodies], 1)
    process.drainer.drain()
    assert [message.body for message in process.broker.taken] == bodies
