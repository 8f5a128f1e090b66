"""Waiting for readiness: each process is told once, and what is late says why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local import probes

Answers = dict[str, int]


@pytest.fixture
def serve() -> Iterator[Callable[[Iterator[int]], str]]:
    servers: list[HTTPServer] = []

    def start(statuses: Iterator[int]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(next(statuses) if self.path == "/readyz" else 404)
                self.end_headers()
                self.wfile.write(b'{"checks": {"broker": "away"}}')

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_each_is_reported_ready_once_even_when_it_took_a_while(
    serve: Callable[[Iterator[int]], str],
) -> None:
    addresses = {"quick": serve(iter([200])), "slow": serve(iter([503, 503, 200]))}
    ready: list[str] = []
    late = probes.wait_until_ready(addresses, 10, ready.append, lambda: None)
    assert late == {}
    assert ready == ["quick", "slow"]


def test_what_is_late_says_what_it_waits_for(serve: Callable[[Iterator[int]], str]) -> None:
    addresses = {"waiting": serve(iter([503] * 100)), "absent": "http://127.0.0.1:1"}
    late = probes.wait_until_ready(addresses, 0.5, lambda name: None, lambda: None)
    assert late["absent"] == "does not answer"
    assert '"broker": "away"' in late["waiting"]


def test_waiting_ends_when_the_caller_gives_up() -> None:
    def give_up() -> None:
        raise RuntimeError("the runner is gone")

    with pytest.raises(RuntimeError, match="the runner is gone"):
        probes.wait_until_ready({"absent": "http://127.0.0.1:1"}, 60, lambda name: None, give_up)
