"""The spool's folder: files that are whole or not there, shared by all processes of the gateway on a machine.

A file is written under another name, forced to disk, renamed, and the folder forced to disk: only then is it
promised to anybody. Its name says when its last message came, how many it holds and how large it is, so the
names alone give the order and the gauges. The last one, because files of several processes overlap: whoever
writes again has been answered, so the whole file with the first message came before the second one did.

    01740691293000000000-9f3c2a71-000001-2-311.spool     (….spool.tmp unfinished, ….spool.corrupt set aside)
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from services.webhook_gateway.spool.entries import Content, decode_file, encode_file

_NAME: Final = re.compile(r"(\d{20})-[0-9a-f]{8}-\d{6,}-(\d+)-(\d+)\.spool")
_UNFINISHED: Final = ".tmp"
SET_ASIDE: Final = ".corrupt"
_SETTLED_NS: Final = 1_000_000_000
"""A folder's time stamp has the ticks of the kernel's clock: a young one may hide a later change."""
STALE_SECONDS: Final = 10.0
"""A request waits for its file 5 s at most: one that is unfinished after this was promised to nobody."""
RESCAN_SECONDS: Final = 1.0


class Lock(Enum):
    """What only one process may do at a time."""

    DRAIN = "drain"
    GATE = "gate"


class SpoolFile(NamedTuple):
    """A file that waits, as its name describes it; `at` is when its last message came (ns)."""

    name: str
    at: int
    messages: int
    size: int


class Usage(NamedTuple):
    """What waits: messages, bytes, and the time of the oldest file (ns; 0 for none)."""

    entries: int
    bytes: int
    oldest_at: int


class SpoolDirectory:
    """One process's view of the folder. What touches files raises OSError; `occupied` does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = str(folder)
        self._writer = secrets.token_hex(4)
        self._serials = itertools.count(1)
        self._empty_since: int | None = None
        self._seen = ""
        self._used = 0
        self._counted_at = float("-inf")

    def prepare(self) -> None:
        """Make the folder and its locks where they are missing, and prove that it can be written."""
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True)
            _force(self.folder.parent)
        for lock in Lock:
            os.close(self._open(lock))
        self.probe()

    def probe(self) -> None:
        """Write a little and take it away again."""
        path = self.folder / f".{self._writer}-{next(self._serials)}.probe"
        try:
            _write_forced(path, b"x" * 4096)
        finally:
            path.unlink(missing_ok=True)

    def occupied(self) -> bool:
        """Whether something waits or is being written. Asked for each webhook: usually one `stat`.

        A folder that cannot be read holds nothing that could go first.
        """
        try:
            changed = os.stat(self._path).st_mtime_ns
            if changed == self._empty_since:
                return False
            if self._seen and os.path.lexists(self.folder / self._seen):
                return True
            return self._look(changed)
        except OSError:
            return False

    def write(self, at: int, lines: Sequence[bytes]) -> SpoolFile:
        """Put encoded entries into one file that `at` orders; on disk for good when this returns."""
        content = encode_file(lines)
        name = f"{at:020d}-{self._writer}-{next(self._serials):06d}-{len(lines)}-{len(content)}.spool"
        path = self.folder / name
        unfinished = path.with_name(name + _UNFINISHED)
        try:
            _write_forced(unfinished, content)
            unfinished.rename(path)
            _force(self.folder)
        except OSError:
            for left in (unfinished, path):
                with contextlib.suppress(OSError):
                    left.unlink(missing_ok=True)
            raise
        self._used += len(content)
        self._seen = name
        return SpoolFile(name, at, len(lines), len(content))

    def files(self) -> list[SpoolFile]:
        """All files that wait, the oldest first."""
        found = []
        for name in sorted(os.listdir(self.folder)):
            match = _NAME.fullmatch(name)
            if match:
                at, messages, size = match.groups()
                found.append(SpoolFile(name, int(at), int(messages), int(size)))
        return found

    def load(self, file: SpoolFile) -> Content:
        """What a file holds; an empty Content when it is gone."""
        try:
            return decode_file((self.folder / file.name).read_bytes())
        except FileNotFoundError:
            return Content([], damaged=False)

    def remove(self, files: Sequence[SpoolFile]) -> None:
        """Forget files whose messages the broker has. Should the disk remember them, they go out twice."""
        for file in files:
            (self.folder / file.name).unlink(missing_ok=True)

    def set_aside(self, file: SpoolFile) -> None:
        """Keep a file for people to look at, where nobody drains it."""
        path = self.folder / file.name
        path.rename(path.with_name(file.name + SET_ASIDE))
        _force(self.folder)

    def remove_stale(self) -> None:
        """Remove what a process left half-written when it was killed; nobody was promised anything of it."""
        for path in self.folder.glob("*" + _UNFINISHED):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()

    def usage(self) -> Usage:
        """What waits, from the names of the files."""
        files = self.files()
        self._used, self._counted_at = sum(file.size for file in files), time.monotonic()
        return Usage(sum(file.messages for file in files), self._used, files[0].at if files else 0)

    def used(self) -> int:
        """Bytes that wait: counted at most once a second, what this process wrote since then added."""
        if time.monotonic() - self._counted_at > RESCAN_SECONDS:
            self.usage()
        return self._used

    @contextlib.contextmanager
    def locked(self, lock: Lock) -> Iterator[bool]:
        """Hold a lock among all processes, if it is free; it ends with its process, however that ends."""
        descriptor = self._open(lock)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def is_locked(self, lock: Lock) -> bool:
        """Whether some process holds this lock now."""
        descriptor = self._open(lock)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _open(self, lock: Lock) -> int:
        path = self.folder / f".{lock.value}.lock"
        try:
            return os.open(path, os.O_RDONLY)  # enough for a lock, also on a disk that went read-only
        except FileNotFoundError:
            return os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)

    def _look(self, changed: int) -> bool:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name.removesuffix(_UNFINISHED)):
                    self._seen = entry.name
                    return True
        self._seen = ""
        if time.time_ns() - changed > _SETTLED_NS:
            self._empty_since = changed
        return False


def _write_forced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _force(folder: Path) -> None:
    """Make the names in a folder as lasting as the files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
