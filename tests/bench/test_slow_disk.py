"""The slower disk is slower, and only while it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.slow_disk import ensure_installed, slow_disk

_SYNC = """
import os, tempfile, time
with tempfile.TemporaryFile() as file:
    began = time.perf_counter()
    for call in (os.fsync, os.fdatasync):
        file.write(b"x"); file.flush(); call(file.fileno())
    print((time.perf_counter() - began) * 1000)
"""


def _sync_ms() -> float:
    done = subprocess.run([sys.executable, "-c", _SYNC], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_each_sync_takes_that_much_longer() -> None:
    ensure_installed()
    with slow_disk(200):
        assert _sync_ms() >= 400
    assert "LD_PRELOAD" not in os.environ
