"""When each message was committed, as the database itself tells it: a change stream, in its own process.

A change stream shows a write only after the majority has it, so the time noted here is never earlier than the
commit; it is later by what the stream takes (a millisecond or two), which counts against the desk.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient

from deploy.local.home import REPOSITORY
from shared.runtime.stop import Stop

_INSERTS: Final[list[dict[str, Any]]] = [
    {"$match": {"operationType": "insert"}},
    {"$project": {"documentKey": 1}},
]
_AWAIT_MS: Final = 200
_READY: Final = "watching"


class CommitWatch:
    """Notes the time (time.monotonic) at which each message of a database is seen committed."""

    def __init__(self, uri: str, database: str, times: Path) -> None:
        """Start watching; returns when nothing can be missed any more. RuntimeError when that fails."""
        self._times = times
        command = [sys.executable, "-m", "bench.commits", uri, database, str(times)]
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != _READY:
            raise RuntimeError("the change stream could not be opened")

    def stop(self) -> dict[str, float]:
        """End it; the time of each message by its id."""
        self._process.terminate()
        self._process.communicate(timeout=30)
        times: dict[str, float] = json.loads(self._times.read_text(encoding="utf-8"))
        return times


def main() -> None:
    """Watch until SIGTERM, then write down what was seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("uri")
    parser.add_argument("database")
    parser.add_argument("times", type=Path)
    options = parser.parse_args()
    stop = Stop()
    stop.install_signal_handlers()
    times: dict[str, float] = {}
    client: MongoClient[dict[str, Any]] = MongoClient(options.uri)
    messages = client[options.database]["messages"]
    with messages.watch(_INSERTS, max_await_time_ms=_AWAIT_MS) as stream:
        stream.try_next()
        print(_READY, flush=True)
        while not stop.requested:
            change = stream.try_next()
            if change is not None:
                times[change["documentKey"]["_id"]] = time.monotonic()
    options.times.write_text(json.dumps(times), encoding="utf-8")


if __name__ == "__main__":
    main()
