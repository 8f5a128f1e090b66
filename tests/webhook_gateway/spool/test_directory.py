"""The spool's folder on a real file system: order by name, whole files only, locks, and the cheap look."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.webhook_gateway.spool.directory import STALE_SECONDS, Lock, SpoolDirectory
from services.webhook_gateway.spool.entries import Entry, encode_entry
from shared.messaging.message import Outgoing
from tests.webhook_gateway.spool.disks import small_disk


def line(text: str, at: int = 1) -> bytes:
    return encode_entry(Entry(at, Outgoing("inbound", "inbound.1", text.encode())))


def bodies(directory: SpoolDirectory) -> list[bytes]:
    return [entry.message.body for file in directory.files() for entry in directory.load(file).entries]


@pytest.fixture
def directory(tmp_path: Path) -> SpoolDirectory:
    made = SpoolDirectory(tmp_path / "spool")
    made.prepare()
    return made


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[SpoolDirectory]:
    """On a disk of 64 kB."""
    with small_disk(tmp_path / "disk", 65_536) as folder:
        yield SpoolDirectory(folder)


def test_names_sort_by_time_and_say_what_is_inside(directory: SpoolDirectory) -> None:
    for at in (2_000, 10, 999_999_999_999_999_999):
        directory.write(at, [line(f"{at}", at), line("more", at)])
    assert [file.at for file in directory.files()] == [10, 2_000, 999_999_999_999_999_999]
    assert bodies(directory)[::2] == [b"10", b"2000", b"999999999999999999"]
    usage = directory.usage()
    on_disk = sum(path.stat().st_size for path in directory.folder.glob("*.spool"))
    assert usage == (6, on_disk, 10)


def test_files_of_one_instant_keep_the_order_of_writing(directory: SpoolDirectory) -> None:
    for number in range(20):
        directory.write(7, [line(str(number))])
    assert bodies(directory) == [str(number).encode() for number in range(20)]


def test_only_its_owner_can_read_it(directory: SpoolDirectory) -> None:
    file = directory.write(1, [line("secret")])
    assert (
        directory.folder.stat().st_mode & 0o777,
        (directory.folder / file.name).stat().st_mode & 0o777,
    ) == (
        0o700,
        0o600,
    )


def test_files_of_others_are_no_entries(directory: SpoolDirectory) -> None:
    for name in ("notes.txt", "01-x.spool", f"{1:020d}-00000000-000001-1-9.spool.corrupt"):
        (directory.folder / name).write_text("x")
    assert (directory.files(), directory.occupied(), directory.usage()) == ([], False, (0, 0, 0))


def test_occupied_follows_every_change_also_by_others(directory: SpoolDirectory) -> None:
    other = SpoolDirectory(directory.folder)
    for _ in range(50):
        assert not directory.occupied()
        file = other.write(time.time_ns(), [line("x")])
        assert directory.occupied()
        assert other.occupied()
        other.remove([file])
        assert not other.occupied()


def test_an_empty_folder_that_has_settled_is_not_listed_again(
    directory: SpoolDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = time.time() - 10
    os.utime(directory.folder, (long_ago, long_ago))
    assert not directory.occupied()
    monkeypatch.setattr(os, "scandir", None)
    assert not directory.occupied()
    monkeypatch.undo()
    SpoolDirectory(directory.folder).write(1, [line("x")])
    assert directory.occupied()


def test_a_change_within_one_tick_of_the_clock_is_seen(directory: SpoolDirectory) -> None:
    assert not directory.occupied()
    stamp = directory.folder.stat().st_mtime_ns
    SpoolDirectory(directory.folder).write(1, [line("x")])
    os.utime(directory.folder, ns=(stamp, stamp))
    assert directory.occupied()


def test_a_file_being_written_counts_and_a_stale_one_is_removed(directory: SpoolDirectory) -> None:
    path = directory.folder / f"{1:020d}-00000000-000001-1-9.spool.tmp"
    path.write_text("half")
    assert directory.occupied()
    assert directory.files() == []
    directory.remove_stale()
    assert path.exists()
    old = time.time() - STALE_SECONDS - 1
    os.utime(path, (old, old))
    directory.remove_stale()
    assert not path.exists()
    assert not directory.occupied()


def test_a_file_that_is_gone_holds_nothing(directory: SpoolDirectory) -> None:
    file = directory.write(1, [line("x")])
    directory.remove([file])
    directory.remove([file])
    assert directory.load(file) == ([], False)


def test_a_full_disk_leaves_no_half_file(tiny: SpoolDirectory) -> None:
    kept = [tiny.write(1, [line("x" * 20_000)])]
    with pytest.raises(OSError, match="No space left"):
        tiny.write(2, [line("y" * 60_000)])
    assert tiny.files() == kept
    assert not list(tiny.folder.glob("*.tmp"))
    with contextlib.suppress(OSError):
        (tiny.folder / "filler").write_bytes(b"x" * 65_536)
    with pytest.raises(OSError, match="No space left"):
        tiny.probe()


def test_a_lock_is_held_by_one_and_ends_with_its_process(directory: SpoolDirectory) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from services.webhook_gateway.spool.directory import Lock, SpoolDirectory\n"
        "with SpoolDirectory(Path(sys.argv[1])).locked(Lock.DRAIN) as ours:\n"
        "    print(ours, flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(directory.folder)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    with other.stdout:
        assert other.stdout.readline() == "True\n"
        assert directory.is_locked(Lock.DRAIN)
        assert not directory.is_locked(Lock.GATE)
        with directory.locked(Lock.DRAIN) as ours:
            assert not ours
        other.kill()
        other.wait()
    assert not directory.is_locked(Lock.DRAIN)
    with directory.locked(Lock.DRAIN) as ours:
        assert ours
