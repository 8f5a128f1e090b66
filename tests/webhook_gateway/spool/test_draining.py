"""Emptying the spool: in order, in batches, by one process at a time, past whatever the broker refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.webhook_gateway.spool.directory import SpoolDirectory, SpoolFile
from services.webhook_gateway.spool.entries import Content
from services.webhook_gateway.spool.lanes import LONGEST_PAUSE
from shared.messaging.message import Outgoing
from tests.support.waiting import wait_until
from tests.webhook_gateway.spool.disks import make_unwritable, make_writable, small_disk
from tests.webhook_gateway.spool.fakes import FakeBroker, Spooling, metric


def _messages(text: str, key: str) -> list[Outgoing]:
    return [Outgoing("inbound", key, text.encode())]


def wait_until_green(condition: Callable[[], object]) -> None:
    """wait_until for greenlets, which go on between two looks."""
    with gevent.Timeout(20):
        while not condition():
            gevent.sleep(0.01)


@pytest.fixture
def process(tmp_path: Path) -> Spooling:
    return Spooling(tmp_path / "spool")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Spooling]:
    with small_disk(tmp_path / "disk", 1_000_000) as folder:
        yield Spooling(folder)


def test_what_waits_leaves_in_order_in_large_batches(process: Spooling) -> None:
    before = metric("spool_drained_total")
    for number in range(600):
        process.append(str(number))
    assert process.drainer.drain() == 600
    assert process.broker.bodies() == list(map(str, range(600)))
    assert process.broker.calls == [256, 256, 88]
    assert process.files() == []
    assert not process.spool.goes_first()
    assert metric("spool_drained_total") == before + 600


def test_what_was_answered_before_leaves_before_also_when_files_of_two_processes_overlap(
    tmp_path: Path,
) -> None:
    one, other = Spooling(tmp_path / "spool"), Spooling(tmp_path / "spool")
    first = _messages("first", "key") + [each for n in range(254) for each in _messages(f"more {n}", "key")]
    one.spool.append(first, 4)
    # Another request waited in the other process since before that, and shares a file with the second one.
    waits = [gevent.spawn(other.spool.append, _messages("long waiting", "other"), 1)]
    waits.append(gevent.spawn(other.spool.append, _messages("second", "key"), 5))
    gevent.joinall(waits, raise_error=True)
    assert len(one.files()) == 2
    assert one.drainer.drain() == 257
    bodies = one.broker.bodies()
    assert bodies.index("first") < bodies.index("second")


def test_what_an_earlier_process_left_is_brought_out(tmp_path: Path) -> None:
    Spooling(tmp_path / "spool").append("kept")
    later = Spooling(tmp_path / "spool")
    assert later.spool.goes_first()
    later.drainer.drain()
    assert later.broker.bodies() == ["kept"]


def test_a_broker_that_goes_away_meanwhile_leaves_the_rest_where_it_is(process: Spooling) -> None:
    for number in range(600):
        process.append(str(number))

    def go_away() -> None:
        process.broker.away = len(process.broker.calls) > 1

    process.broker.on_publish = go_away
    assert process.drainer.drain() == 256
    assert process.broker.calls == [256, 256]
    process.broker.on_publish, process.broker.away = lambda: None, False
    process.drainer.drain()
    assert process.broker.bodies() == list(map(str, range(600)))


def test_a_refused_address_holds_up_no_other_and_keeps_its_own_order(process: Spooling) -> None:
    process.broker.refuses = lambda message: message.routing_key == "inbound.2"
    for number in range(5):
        process.append_at_once(f"a{number}")
        process.append(f"b{number}", key="inbound.2")
    assert process.drainer.drain() == 5
    assert process.broker.bodies() == [f"a{number}" for number in range(5)] * 2  # once in the failed batch
    assert process.directory.usage().entries == 5

    process.broker.taken.clear()
    process.append("a5")
    process.append("b5", key="inbound.2")
    assert process.drainer.drain() == 1
    assert process.broker.bodies() == ["a5"]

    process.broker.refuses = lambda _message: False
    process.now += LONGEST_PAUSE
    process.append("b6", key="inbound.2")
    process.drainer.drain()
    assert process.broker.bodies("inbound.2") == [f"b{number}" for number in range(7)]
    assert process.files() == []


def test_an_address_is_not_blamed_for_a_broker_that_goes_away(process: Spooling) -> None:
    process.append("a")
    process.broker.refuses = lambda _message: True
    process.drainer.drain()
    process.now += LONGEST_PAUSE
    process.broker.refuses = lambda _message: False

    def go_away() -> None:
        process.broker.away = True

    process.broker.on_publish = go_away
    assert process.drainer.drain() == 0
    process.broker.on_publish, process.broker.away = lambda: None, False
    assert process.drainer.drain() == 1


def test_a_refused_address_is_tried_one_message_at_a_time_and_ever_more_rarely(process: Spooling) -> None:
    process.broker.refuses = lambda _message: True
    for number in range(10):
        process.append(str(number))
    tries = 0
    for _ in range(300):
        process.broker.calls.clear()
        process.drainer.drain()
        tries += len(process.broker.calls)
        assert set(process.broker.calls) <= {1, 10}
        process.now += 1.0
    assert 8 < tries < 25


def test_an_address_that_takes_a_few_gives_them_up_in_order_without_doubles(process: Spooling) -> None:
    for number in range(20):
        process.append(str(number))
    process.broker.refuses = lambda _message: True
    process.drainer.drain()
    room = 0
    process.broker.refuses = lambda _message: len(process.broker.taken) >= room
    for _ in range(10):
        room += 3
        process.now += LONGEST_PAUSE
        process.drainer.drain()
    assert process.broker.bodies() == list(map(str, range(20)))


def test_of_a_file_sent_in_part_only_the_rest_stays_also_for_another_process(tmp_path: Path) -> None:
    first = Spooling(tmp_path / "spool")
    first.broker.refuses = lambda message: message.body == b"b"
    first.spool.append([*_messages("a", "inbound.1"), *_messages("b", "inbound.2")], 1)
    first.drainer.drain()
    second = Spooling(tmp_path / "spool")
    second.drainer.drain()
    assert second.broker.bodies() == ["b"]
    assert second.files() == []


def test_files_that_only_hold_refused_messages_are_not_read_again_and_again(
    process: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.broker.refuses = lambda message: message.routing_key == "inbound.2"
    for number in range(50):
        process.append(str(number), key="inbound.2")
    process.drainer.drain()
    read: list[str] = []
    load = process.directory.load

    def noting(file: SpoolFile) -> Content:
        read.append(file.name)
        return load(file)

    monkeypatch.setattr(process.directory, "load", noting)
    process.append("a")
    process.drainer.drain()
    assert len(read) == 1


@pytest.mark.parametrize("place", [0, 5, 30, 60, -40, -1])
def test_a_damaged_file_is_set_aside_and_what_is_whole_in_it_goes_out(process: Spooling, place: int) -> None:
    before = metric("spool_corrupt_total")
    process.append("before")
    process.append("one", "two", "three", arrived=5)
    process.append("after", arrived=6)
    victim = process.directory.folder / process.directory.files()[1].name
    content = bytearray(victim.read_bytes())
    content[place] ^= 0xFF
    victim.write_bytes(content)
    process.drainer.drain()
    assert process.files() == [victim.name + ".corrupt"]
    assert (process.directory.folder / process.files()[0]).read_bytes() == content
    rescued = process.broker.bodies()
    assert rescued[0] == "before"
    assert rescued[-1] == "after"
    assert [text for text in ("one", "two", "three") if text in rescued] == rescued[1:-1]
    assert len(rescued) >= 3
    assert metric("spool_corrupt_total") == before + 1
    assert not process.spool.goes_first()


def test_an_empty_or_foreign_file_with_a_right_name_is_set_aside(process: Spooling) -> None:
    for number, content in enumerate((b"", b"\x00" * 5_000)):
        name = f"{number:020d}-00000000-000001-1-100.spool"
        (process.directory.folder / name).write_bytes(content)
    process.append("x")
    process.drainer.drain()
    assert process.broker.bodies() == ["x"]
    assert all(name.endswith(".corrupt") for name in process.files())


def test_a_damaged_file_whose_rest_is_refused_is_set_aside_once(process: Spooling) -> None:
    before = metric("spool_corrupt_total")
    process.append("one", "two")
    victim = process.directory.folder / process.directory.files()[0].name
    victim.write_bytes(victim.read_bytes()[:-5])
    process.broker.refuses = lambda _message: True
    for _ in range(3):
        process.drainer.drain()
    assert metric("spool_corrupt_total") == before + 1
    assert process.directory.usage().entries == 1
    process.broker.refuses = lambda _message: False
    process.now += LONGEST_PAUSE
    process.drainer.drain()
    assert process.broker.bodies() == ["one"]


def test_a_disk_that_lets_nothing_go_does_not_send_twice(small: Spooling) -> None:
    small.append("whole")
    small.broker.refuses = lambda message: message.body == b"b"
    small.spool.append([*_messages("a", "inbound.1"), *_messages("b", "inbound.2")], 9)
    make_unwritable(small.directory.folder)
    for _ in range(3):
        small.drainer.drain()
    assert small.broker.bodies() == ["whole", "a", "whole", "a"]  # the failed batch, then one by one
    make_writable(small.directory.folder)
    small.broker.taken.clear()
    small.broker.refuses = lambda _message: False
    small.now += LONGEST_PAUSE
    small.drainer.drain()
    assert small.broker.bodies() == ["b"]
    assert small.files() == []


def test_while_one_process_drains_another_leaves_it_alone(tmp_path: Path) -> None:
    first, second = Spooling(tmp_path / "spool"), Spooling(tmp_path / "spool")
    first.append("x")
    meanwhile: list[int] = []
    first.broker.on_publish = lambda: meanwhile.append(second.drainer.drain())
    assert first.drainer.drain() == 1
    assert meanwhile == [0]
    assert second.broker.taken == []


def test_processes_that_append_and_drain_at_once_keep_every_order_and_lose_nothing(tmp_path: Path) -> None:
    broker = FakeBroker()
    processes = [Spooling(tmp_path / "spool", broker) for _ in range(3)]
    expected: dict[str, list[str]] = {}

    def customer(number: int) -> None:
        key = f"inbound.{number}"
        for turn in range(30):
            text = f"{number}:{turn}"
            expected.setdefault(key, []).append(text)
            processes[(number + turn) % 3].append(text, key=key, arrived=turn)

    for process in processes:
        process.drainer.start()
    gevent.joinall([gevent.spawn(customer, number) for number in range(8)], raise_error=True)
    wait_until_green(lambda: not processes[0].directory.files())
    for key, texts in expected.items():
        assert broker.bodies(key) == texts


def test_a_busy_gateway_comes_out_of_its_spool(tmp_path: Path) -> None:
    """Requests never pause, and yet after a moment they find it empty."""
    process = Spooling(tmp_path / "spool")
    sent: list[str] = []
    spooled = direct = 0

    def traffic() -> None:
        nonlocal spooled, direct
        for number in range(800):
            sent.append(str(number))
            if process.spool.goes_first():
                process.append(str(number), arrived=number)
                spooled += 1
            else:
                process.broker.publish(_messages(str(number), "inbound.1"))
                direct += 1
            if direct > 100:
                return
            gevent.sleep(0.0005)

    process.broker.on_publish = lambda: gevent.sleep(0.01)
    process.append("first", arrived=0)
    tasks = [gevent.spawn(traffic) for _ in range(8)]
    process.drainer.start()
    gevent.joinall(tasks, raise_error=True)
    assert direct > 100
    wait_until_green(lambda: not process.directory.occupied())
    assert len(process.broker.taken) == len(sent) + 1


def test_the_drainer_wakes_up_for_what_is_written_and_when_the_broker_is_back(tmp_path: Path) -> None:
    process = Spooling(tmp_path / "spool")
    process.broker.away = True
    process.drainer.start()
    process.append("x")
    gevent.sleep(0.05)
    assert process.broker.calls == []
    process.broker.away = False
    wait_until_green(lambda: process.broker.taken)
    process.append("y")
    wait_until_green(lambda: not process.directory.files())
    assert process.broker.bodies() == ["x", "y"]


def test_a_process_killed_while_it_drains_or_writes_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    program = (
        "import itertools, sys; from pathlib import Path\n"
        "from tests.webhook_gateway.spool.fakes import Spooling\n"
        "process = Spooling(Path(sys.argv[1]))\n"
        "for number in itertools.count():\n"
        "    process.append(str(number)); print(number, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    wait_until(lambda: len(SpoolDirectory(folder).files()) > 50 if folder.exists() else False, 30)
    child.kill()
    promised = [line.strip() for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    process = Spooling(folder)
    process.drainer.drain()
    assert process.broker.bodies()[: len(promised)] == promised
    assert len(process.broker.taken) <= len(promised) + 1


@settings(max_examples=60)
@given(
    requests=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=12),
    faults=st.lists(st.sampled_from(["away", "refuse", "well"]), max_size=12),
    data=st.data(),
)
def test_whatever_the_broker_does_order_per_address_holds_and_all_arrives(
    tmp_path_factory: pytest.TempPathFactory,
    requests: list[list[int]],
    faults: list[str],
    data: st.DataObject,
) -> None:
    process = Spooling(tmp_path_factory.mktemp("spool"))
    refused = data.draw(st.integers(0, 3))
    expected: dict[str, list[str]] = {}
    number = 0
    for request, fault in zip(requests, [*faults, *["well"] * len(requests)], strict=False):
        messages = []
        for lane in request:
            number += 1
            messages += _messages(str(number), f"inbound.{lane}")
            expected.setdefault(f"inbound.{lane}", []).append(str(number))
        process.spool.append(messages, number)
        process.broker.away = fault == "away"
        key = f"inbound.{refused}"
        process.broker.refuses = lambda m, k=key, f=fault: f == "refuse" and m.routing_key == k  # type: ignore[misc]
        process.drainer.drain()
        process.now += 0.3
    process.broker.away, process.broker.refuses = False, lambda _message: False
    process.now += LONGEST_PAUSE
    process.drainer.drain()
    for key, texts in expected.items():
        assert list(dict.fromkeys(process.broker.bodies(key))) == texts
    assert process.directory.files() == []
