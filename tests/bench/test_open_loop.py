"""The generator keeps its schedule whatever the server does, and books what it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import open_loop, wrk
from bench.open_loop import Answer, read_requests, schedule

Answering = Callable[[int], bytes | None]
"""What to answer to the n-th request; None hangs up."""


class Server:
    """Answers HTTP on loopback, a thread for each connection, until it is closed."""

    def __init__(self, answering: Answering) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._answering = answering
        self._lock = threading.Lock()
        self._count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                with self._lock:
                    number, self._count = self._count, self._count + 1
                answer = self._answering(number)
                if answer is None:
                    return
                connection.sendall(answer)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def serve() -> Iterator[Callable[[Answering], Server]]:
    started: list[Server] = []

    def start(answering: Answering) -> Server:
        started.append(Server(answering))
        return started[-1]

    yield start
    for server in started:
        server.close()


def _run(server: Server, folder: Path, count: int, per_second: float) -> list[Answer]:
    requests, answers = folder / "requests", folder / "answers"
    wrk.write_requests(requests, [b"POST / HTTP/1.1\r\n\r\n"] * count)
    assert open_loop.start(server.port, requests, per_second, answers).wait(timeout=60) == 0
    return open_loop.read_answers(answers)


def test_every_request_is_answered_and_timed_from_when_it_was_due(
    serve: Callable[[Answering], Server], tmp_path: Path
) -> None:
    answers = _run(serve(lambda number: OK), tmp_path, 200, 400.0)
    assert [answer.status for answer in answers] == [200] * 200
    assert all(answer.answered > answer.due for answer in answers)


def test_a_slow_server_does_not_slow_the_schedule_and_is_charged_for_the_wait(
    serve: Callable[[Answering], Server], tmp_path: Path
) -> None:
    """With all 64 connections waiting, the requests behind them are late, and that counts."""

    def slow(number: int) -> bytes:
        if number < open_loop.CONNECTIONS:
            time.sleep(0.5)
        return OK

    answers = _run(serve(slow), tmp_path, 100, 2000.0)
    assert answers[-1].due - answers[0].due < 0.2, "the schedule does not wait for answers"
    assert min(answer.milliseconds for answer in answers) > 300, "waiting for a free connection counts"


def test_refusals_and_hang_ups_are_booked_as_such(
    serve: Callable[[Answering], Server], tmp_path: Path
) -> None:
    refusal = b"HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nbusy"
    special = {3: refusal, 5: None}
    answers = _run(serve(lambda number: special.get(number, OK)), tmp_path, 50, 200.0)
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [0, *[200] * 48, 503]


def test_gaps_are_random_their_mean_is_the_rate() -> None:
    due = schedule(10_000, 500.0, began=100.0)
    assert due[0] > 100.0
    assert due == sorted(due)
    assert (due[-1] - 100.0) / 10_000 == pytest.approx(1 / 500.0, rel=0.05)
    assert schedule(10, 500.0, 100.0) == due[:10]


def test_requests_are_read_as_they_were_written(tmp_path: Path) -> None:
    requests = [b"one", b"", b"\x00two\r\n" * 100]
    wrk.write_requests(tmp_path / "requests", requests)
    assert read_requests(tmp_path / "requests") == requests
