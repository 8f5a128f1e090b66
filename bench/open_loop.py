"""Load that does not wait: requests leave when they are due, however long earlier answers take.

Runs as a process of its own (`python -m bench.open_loop`), one thread, plain sockets: a generator that is
late would measure itself. Times are time.monotonic, which all processes of a machine share.
"""

from __future__ import annotations

import argparse
import json
import random
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.home import REPOSITORY
from deploy.local.ports import HOST

CONNECTIONS: Final = 64
PATIENCE_SECONDS: Final = 15.0
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: when it was due, when its answer was complete, and its status (0: there was none)."""

    due: float
    answered: float
    status: int

    @property
    def milliseconds(self) -> float:
        """From when it was due, so that a generator or server that is behind is not flattered."""
        return (self.answered - self.due) * 1e3


def start(port: int, requests: Path, per_second: float, answers: Path) -> subprocess.Popen[bytes]:
    """Send the file's requests (as wrk's) at this mean rate to 127.0.0.1:port; answers go into a file."""
    command = [
        sys.executable, "-m", "bench.open_loop", str(port), str(requests), str(per_second), str(answers),
    ]  # fmt: skip
    return subprocess.Popen(command, cwd=REPOSITORY)


def read_answers(path: Path) -> list[Answer]:
    """What a finished generator wrote, in the order of the requests."""
    return [Answer(*each) for each in json.loads(path.read_text(encoding="utf-8"))]


class _Connection:
    """A keep-alive connection that carries one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = -1
        self._received = b""

    def send(self, number: int, request: bytes) -> None:
        """Send a request; it is small enough for the socket's buffer."""
        self.request = number
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status when the answer is complete, 0 when the server hung up, None when more must come."""
        try:
            piece = self.socket.recv(65536)
        except ConnectionError:
            return 0
        if not piece:
            return 0
        self._received += piece
        head, end, body = self._received.partition(_HEAD_END)
        if not end or len(body) < _content_length(head):
            return None
        self._received = b""
        return int(head[9:12])


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


class _Generator:
    """Sends what is due on whichever connection is free, and notes when each answer came."""

    def __init__(self, port: int, requests: Sequence[bytes], due: Sequence[float]) -> None:
        self._port = port
        self._requests = requests
        self._due = due
        self._answers: list[Answer | None] = [None] * len(requests)
        self._left = len(requests)
        # Only this selector waits for less than a millisecond.
        self._selector = selectors.SelectSelector()
        self._idle: deque[_Connection] = deque()
        for _ in range(CONNECTIONS):
            self._connect()

    def run(self) -> list[Answer]:
        """Send everything; a request that is not answered in time has status 0."""
        following = 0
        give_up = self._due[-1] + PATIENCE_SECONDS
        while self._left and time.monotonic() < give_up:
            now = time.monotonic()
            while following < len(self._due) and self._due[following] <= now and self._idle:
                self._idle.popleft().send(following, self._requests[following])
                following += 1
            self._receive(following, now)
        ended = time.monotonic()
        return [each or Answer(due, ended, 0) for each, due in zip(self._answers, self._due, strict=True)]

    def _receive(self, following: int, now: float) -> None:
        wait = PATIENCE_SECONDS
        if following < len(self._due) and self._idle:
            wait = max(0.0, self._due[following] - now)
        for key, _ in self._selector.select(wait):
            connection: _Connection = key.data
            status = connection.receive()
            if status is None:
                continue
            if connection.request >= 0:
                number, connection.request = connection.request, -1
                self._answers[number] = Answer(self._due[number], time.monotonic(), status)
                self._left -= 1
            if status:
                self._idle.append(connection)
            else:
                self._replace(connection)

    def _connect(self) -> None:
        connection = _Connection(self._port)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._idle.append(connection)

    def _replace(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
        if connection in self._idle:
            self._idle.remove(connection)
        self._connect()


def schedule(count: int, per_second: float, began: float, seed: int = 1) -> list[float]:
    """When each request is due: independent customers (exponential gaps), the same each time."""
    gaps = random.Random(seed)
    due, now = [], began
    for _ in range(count):
        now += gaps.expovariate(per_second)
        due.append(now)
    return due


def read_requests(path: Path) -> list[bytes]:
    """The requests of a file as wrk's script reads them."""
    data = path.read_bytes()
    requests, at = [], 0
    while at < len(data):
        length = int(data[at : at + 8])
        requests.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    return requests


def main() -> None:
    """Send and write down."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("requests", type=Path)
    parser.add_argument("per_second", type=float)
    parser.add_argument("answers", type=Path)
    options = parser.parse_args()
    requests = read_requests(options.requests)
    due = schedule(len(requests), options.per_second, time.monotonic() + 0.1)
    answers = _Generator(options.port, requests, due).run()
    rows = [[each.due, each.answered, each.status] for each in answers]
    options.answers.write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
