"""Closed-loop load: Debian's wrk, which costs the machine little, replaying prepared requests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import debian

CONNECTIONS: Final = 32
_SCRIPT: Final = Path(__file__).with_name("replay.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of wrk saw: answers in all, those that were not 2xx or 3xx, connections that broke."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float

    @property
    def accepted(self) -> int:
        """How many were answered well."""
        return self.requests - self.refused

    @property
    def rate(self) -> float:
        """Accepted requests per second."""
        return self.accepted / self.seconds

    def faults(self, who: str) -> list[str]:
        """What must not happen under load, in words."""
        found = []
        if self.refused:
            found.append(f"{who}: {self.refused} of {self.requests} requests were refused")
        if self.broken:
            found.append(f"{who}: {self.broken} connections broke or timed out")
        return found


def ensure_installed() -> None:
    """Install Debian's wrk when there is none. debian.NotInstallableError when that is impossible."""
    if shutil.which("wrk") is None:
        debian.install(["wrk"], purpose="the load generator wrk", instead="Put a wrk (4.0 or newer) on PATH.")


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Write a file for `run`."""
    with path.open("wb") as file:
        for request in requests:
            file.write(b"%08d" % len(request))
            file.write(request)


def run(port: int, requests: Path, seconds: int, connections: int = CONNECTIONS) -> Load:
    """Send the file's requests to 127.0.0.1:port, over and over, as fast as they are answered.

    wrk itself takes the first request to look at; it sends from the second on. RuntimeError when it fails.
    """
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT),
        f"http://127.0.0.1:{port}", "--", str(requests),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Load(
        requests=found["requests"],
        seconds=found["microseconds"] / 1e6,
        refused=found["refused"],
        broken=found["broken"],
        p50_ms=found["p50_us"] / 1e3,
        p99_ms=found["p99_us"] / 1e3,
    )
