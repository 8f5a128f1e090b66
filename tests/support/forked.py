"""A service's processes, forked from one that has imported their modules.

Most of what a start costs, a second or two, is the import of a thousand modules: a test that kills process
after process pays that once. Settings, connections and threads come after the imports, so a forked process is
otherwise as one that was started with `python -m`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]


class Forks:
    """The process that has imported the modules; it starts one whenever asked. A context manager."""

    def __init__(self, *modules: str) -> None:
        """modules: each has a main(). They are imported now."""
        self._server = subprocess.Popen(
            [sys.executable, "-m", __name__, *modules],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, module: str, environment: Mapping[str, str], log: Path) -> Forked:
        """Run the module's main() with this environment alone; what it writes is appended to the log."""
        return Forked(self, self.ask(module=module, environment=dict(environment), log=str(log)))

    def ask(self, **order: Any) -> Any:
        """What the process answers to an order."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; what it started is ended by who asked for it."""
        self._server.kill()
        self._server.communicate()


@dataclass
class Forked:
    """One process, with as much of a Popen as tests use."""

    _forks: Forks
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """As Popen.poll: None while it runs, minus the signal that ended it."""
        if self.returncode is None:
            self.returncode = self._forks.ask(ended=self.pid)
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        """Its return code; subprocess.TimeoutExpired after so many seconds."""
        try:
            wait_until(lambda: self.poll() is not None, timeout)
        except AssertionError as late:
            raise subprocess.TimeoutExpired("forked", timeout) from late
        assert self.returncode is not None
        return self.returncode

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Nothing when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def main() -> None:
    """Answer orders until there are no more; in a process that was forked: run what was ordered."""
    for module in sys.argv[1:]:
        importlib.import_module(module)
    for line in sys.stdin:
        order = json.loads(line)
        answer: int | None
        if "ended" in order:
            found, status = os.waitpid(order["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if found else None
        else:
            answer = os.fork()
            if answer == 0:
                become(order)
                return
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def become(order: Mapping[str, Any]) -> None:
    """Take on environment and log, and run; whatever ends main() ends the process as ever."""
    os.environ.clear()
    os.environ.update(order["environment"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    importlib.import_module(order["module"]).main()


if __name__ == "__main__":
    main()
