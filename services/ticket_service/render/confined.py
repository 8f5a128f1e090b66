"""Runs what reads strangers' files in a process of its own, with little time and memory.

Decoders and layout engines are C code fed by customers: what goes wrong there ends that process alone.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, NoReturn

import structlog

_log = structlog.get_logger(__name__)

ROOT: Final = Path(__file__).resolve().parents[3]
AT_ONCE: Final = 2
"""More at a time would take the processor from everybody else."""
WAIT_SECONDS: Final = 10.0
NOT_POSSIBLE: Final = 3
NOT_INSTALLED: Final = 4
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_CACHE_HOME")
_turns = threading.BoundedSemaphore(AT_ONCE)


class NotPossible(Exception):
    """Nothing can be made of this: damaged, too large, or it took too long."""


class NotInstalled(Exception):
    """A library of the system is missing; the argument names what could not be loaded."""


class Busy(Exception):
    """Others are being served; nothing was done."""


def run(module: str, given: bytes, *, seconds: float) -> bytes:
    """What the program `module` (an import name) writes when it is given these bytes.

    NotPossible also after so many `seconds`; NotInstalled; Busy after WAIT_SECONDS in the queue.
    """
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=given,
            capture_output=True,
            cwd=ROOT,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotPossible(f"took longer than {seconds:.0f} seconds") from None
    finally:
        _turns.release()
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip()[-500:]
    if done.returncode == NOT_INSTALLED:
        raise NotInstalled(said)
    _log.info("nothing could be drawn", program=module, exit_code=done.returncode, said=said)
    raise NotPossible(said if done.returncode == NOT_POSSIBLE else "the program broke off")


def confine(*, megabytes: int, seconds: int) -> None:
    """For the program itself, before it looks at anything: so much memory and processor time, no files."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def give_up(code: int, why: str) -> NoReturn:
    """End the program and say why."""
    sys.stderr.write(why[:500])
    sys.exit(code)
