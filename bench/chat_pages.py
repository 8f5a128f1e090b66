"""Thousands of open chats in one process: pages that stream, remember where they are, and come back."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.local.ports import HOST

_READ: Final = 65_536
_AGAIN_SECONDS: Final = 0.2


@dataclass
class ChatPage:
    """One page with its visitor's token; `lines` are what it was told, each with the time of its arrival."""

    number: int
    path: str
    token: str
    port: int
    address: str = ""
    lines: list[tuple[dict[str, Any], float]] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)
    last: int | None = None
    statuses: list[int] = field(default_factory=list)
    _socket: socket.socket | None = None
    _buffer: bytes = b""
    _due: float = 0.0

    def request(self) -> bytes:
        """The request for the stream, from where the page is."""
        head = [f"GET {self.path} HTTP/1.1", "Host: gateway", f"Authorization: Bearer {self.token}"]
        head += [f"X-Forwarded-For: {self.address}"] if self.address else []
        head += [f"Last-Event-ID: {self.last}"] if self.last is not None else []
        return ("\r\n".join(head) + "\r\n\r\n").encode()

    @property
    def open(self) -> bool:
        """Whether its stream has begun, and goes on as far as the page knows."""
        return self._socket is not None and bool(self.events.get("hello")) and self.statuses[-1:] == [200]

    @property
    def closed(self) -> bool:
        """Whether it has no connection now."""
        return self._socket is None


class ChatPages:
    """Many pages, one thread. A page whose stream breaks comes back at `elsewhere`, or where it was."""

    def __init__(self, pages: Iterable[ChatPage]) -> None:
        self.pages = list(pages)
        self.elsewhere: int | None = None
        self.reconnects = True
        self._selector = selectors.EpollSelector()
        self._away = dict.fromkeys(range(len(self.pages)))
        """The places of those without a connection: looking through all pages would be measured."""

    def run(self, until: Callable[[], bool], seconds: float) -> bool:
        """Read until the condition holds; False when it did not within the time."""
        deadline = time.monotonic() + seconds
        while not until():
            now = time.monotonic()
            if now > deadline:
                return False
            for place in list(self._away) if self.reconnects else ():
                if self.pages[place]._due <= now:
                    self._connect(place)
            for key, _ in self._selector.select(0.05):
                self._read(key.data)
        return True

    def all_open(self) -> bool:
        """Whether every page has its stream."""
        return all(page.open for page in self.pages)

    def close(self) -> None:
        """Close all pages at once."""
        for page in self.pages:
            self._drop(page)
        self._selector.close()

    def _connect(self, place: int) -> None:
        page = self.pages[place]
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            line.connect((HOST, page.port))
            line.sendall(page.request())
        except OSError:
            line.close()
            self._later(page)
            return
        line.setblocking(False)
        page._socket, page._buffer = line, b""
        page.events.pop("hello", None)
        self._selector.register(line, selectors.EVENT_READ, place)
        del self._away[place]

    def _read(self, place: int) -> None:
        page = self.pages[place]
        if page._socket is None:
            return
        try:
            got = page._socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            got = b""
        if not got:
            self._drop(page)
            self._later(page)
            self._away[place] = None
            return
        now = time.perf_counter()
        page._buffer += got
        if got.startswith(b"HTTP/1.1"):
            page.statuses.append(int(got[9:12]))
        self._take(page, now)

    def _take(self, page: ChatPage, now: float) -> None:
        """The events that are whole. Each is a chunk of its own, so nothing needs to be put together."""
        *whole, page._buffer = page._buffer.split(b"\n\n")
        for each in whole:
            fields = dict(part.split(": ", 1) for part in each.decode().splitlines() if ": " in part)
            name = fields.get("event")
            if name is None:
                continue
            page.events[name] = page.events.get(name, 0) + 1
            if name == "line":
                page.last = int(fields["id"])
                page.lines.append((json.loads(fields["data"]), now))

    def _drop(self, page: ChatPage) -> None:
        if page._socket is not None:
            self._selector.unregister(page._socket)
            page._socket.close()
            page._socket = None

    def _later(self, page: ChatPage) -> None:
        page._due = time.monotonic() + _AGAIN_SECONDS
        if self.elsewhere is not None:
            page.port = self.elsewhere
