"""Finds and ends processes of an instance that nobody supervises any more (its runner was killed)."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process exists and is not merely waiting to be collected by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def marked_processes(mark: str, value: str) -> list[int]:
    """The ids of all other processes whose environment holds mark=value."""
    wanted = f"{mark}={value}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0") and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


def started_with(argument: str) -> list[int]:
    """The ids of all other processes that were started with this argument: some servers empty the environment
    they were given."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if argument.encode() in words and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


def end_processes(pids: Sequence[int], timeout: float) -> None:
    """Ask processes to end (SIGTERM); those still there after timeout seconds are killed."""
    for wish in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, wish)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and any(is_alive(pid) for pid in pids):
            time.sleep(0.05)
