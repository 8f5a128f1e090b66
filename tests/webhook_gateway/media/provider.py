"""A provider's hosts on loopback: a plain HTTP server that every public address of a test leads to."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore

PUBLIC = "93.184.216.34"
"""What the resolver says of every host that a test does not speak of."""


@dataclass
class Reply:
    """An answer; `drip` (seconds) is slept before each piece, `length` is announced instead of the truth."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    length: int | None = None


@dataclass(frozen=True)
class Seen:
    """A request as it came: `host` from its header, `authorization` empty when there was none."""

    host: str
    path: str
    authorization: str


class Provider:
    """Answers by host and path; a list of replies is used up, its last one stays."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen: list[Seen] = []
        self.replies: dict[str, list[Reply | Callable[[], Reply]]] = {}
        self.addresses: dict[str, list[str]] = {}
        self.resolved: list[str] = []
        self.sockets = _Sockets(port)

    def on(self, address: str, *replies: Reply | Callable[[], Reply]) -> None:
        """Answer `host/path` so."""
        self.replies[address] = list(replies)

    def resolve(self, host: str, port: int) -> list[str]:
        """The resolver of this little internet."""
        self.resolved.append(host)
        found = self.addresses.get(host, [PUBLIC])
        if not found:
            raise OSError("unknown host")
        return found

    def count(self, address: str) -> int:
        """How often `host/path` was asked for."""
        return sum(f"{seen.host}{seen.path}" == address for seen in self.seen)

    def answer(self, host: str, path: str, authorization: str) -> Reply:
        self.seen.append(Seen(host, path, authorization))
        left = self.replies.get(f"{host}{path}")
        if not left:
            return Reply(404, b"{}")
        reply = left.pop(0) if len(left) > 1 else left[0]
        return reply() if callable(reply) else reply


class _Sockets(httpcore.NetworkBackend):
    """Every connection ends at the test's server; TLS is left out."""

    def __init__(self, port: int) -> None:
        self.connected: list[tuple[str, int]] = []
        self._port = port
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        return _WithoutTls(self._inner.connect_tcp("127.0.0.1", self._port, timeout))


class _WithoutTls(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.read = inner.read  # type: ignore[method-assign]
        self.write = inner.write  # type: ignore[method-assign]
        self.close = inner.close  # type: ignore[method-assign]

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return None


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    """The provider, served until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    provider = Provider(server.server_address[1])
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        host = (self.headers["Host"] or "").partition(":")[0]
        reply = provider.answer(host, self.path, self.headers["Authorization"] or "")
        pieces = [reply.body] if isinstance(reply.body, bytes) else reply.body
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        length = reply.length if reply.length is not None else _length(reply)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(OSError):
            for piece in pieces:
                time.sleep(reply.drip)
                self.wfile.write(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def _length(reply: Reply) -> int | None:
    return len(reply.body) if isinstance(reply.body, bytes) else None
