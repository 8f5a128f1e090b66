"""A tiny stand-in for Meta's Graph API: answers as told, keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `body` is its JSON, empty when it has none; `raw` the bytes of an upload."""

    path: str
    token: str
    body: dict[str, Any]
    raw: bytes = b""


@dataclass(slots=True)
class Answer:
    """One answer. `hang`: seconds before it; `cut`: the connection closes instead of it."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    cut: bool = False


def error(code: int, status: int = 400, **more: Any) -> Answer:
    """An error as the Graph API writes it."""
    details = {"code": code, "message": f"(#{code}) something", "error_data": {"details": "in detail"}}
    return Answer(status, json.dumps({"error": details | more}).encode())


class FakeGraph:
    """`url` is a channel's graph_url. Answers the script first, then takes everything."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/graph"
        self.asked: list[Asked] = []
        self.script: list[Answer] = []
        self.rule: Callable[[Asked], Answer | None] = lambda asked: None
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            number = len(self.asked)
            told = self.rule(asked) or (self.script.pop(0) if self.script else None)
        return told if told is not None else self.taken(asked, number)

    def taken(self, asked: Asked, number: int) -> Answer:
        """How a request that nothing was told about is answered; `number` counts them from 1."""
        if asked.path.endswith("/media"):
            return Answer(body=json.dumps({"id": f"media-{number}"}).encode())
        return Answer(body=json.dumps({"messages": [{"id": f"wamid.{number}"}]}).encode())

    def trackers(self) -> list[str]:
        """The send ids of all messages, in order."""
        bodies = [asked.body for asked in self.asked]
        return [body["biz_opaque_callback_data"] for body in bodies if "biz_opaque_callback_data" in body]


class FakeTwilio(FakeGraph):
    """`url` is a channel's twilio_url."""

    def taken(self, asked: Asked, number: int) -> Answer:
        """A message is queued, a content made."""
        if asked.path.endswith("/Messages.json"):
            return Answer(201, json.dumps({"sid": f"SM{number:032d}", "status": "queued"}).encode())
        return Answer(201, json.dumps({"sid": f"HX{number:032d}", "status": "received"}).encode())


Fake = TypeVar("Fake", bound=FakeGraph)


@contextmanager
def fake_graph(kind: type[Fake] = FakeGraph) -> Iterator[Fake]:  # type: ignore[assignment]
    """A running stand-in on a free loopback port; `kind` says of which provider."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({}, b"")

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] == "application/json":
                self._answer(json.loads(raw), b"")
            elif self.headers["Content-Type"] == "application/x-www-form-urlencoded":
                self._answer(dict(parse_qsl(raw.decode(), keep_blank_values=True)), b"")
            else:
                self._answer({}, raw)

        def _answer(self, body: dict[str, Any], raw: bytes) -> None:
            answer = graph.answer(Asked(self.path, self.headers.get("Authorization", ""), body, raw))
            if answer.hang:
                time.sleep(answer.hang)
            if answer.cut:
                self.close_connection = True
                return
            content = answer.body or b"{}"
            self.send_response(answer.status)
            for name, value in (answer.headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests read what was asked, not a log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that gave up is part of some tests."""

    server = Server(("127.0.0.1", 0), Handler)
    graph = kind(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield graph
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
