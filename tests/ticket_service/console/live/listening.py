"""A page without a browser: reads the stream of events over a real connection, as it comes."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from services.ticket_service.console.live.stream import EVENTS
from tests.support.waiting import wait_until


class Ear:
    """What a stream said so far."""

    def __init__(self, address: str, cookie: str, after: str = "") -> None:
        parts = urlsplit(address)
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Cookie": cookie, **({"Last-Event-ID": after} if after else {})}
        self._line.request("GET", EVENTS, headers=headers)
        # The connection forgets its socket as soon as the answer is the last one.
        self._socket = self._line.sock
        self.answer = self._line.getresponse()
        self.place = after
        self.kinds: list[str] = []
        self.news: list[dict[str, Any]] = []
        self.heard = threading.Event()
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def things(self, kind: str) -> list[dict[str, Any]]:
        """Everything that was told of a kind."""
        return [each for news in list(self.news) for each in news.get(kind, [])]

    def numbers(self) -> set[str]:
        """The tickets that something was told of."""
        return {each["number"] for each in self.things("tickets")}

    @property
    def gap(self) -> bool:
        """Whether it was told that something was missed."""
        return any(news.get("gap") for news in list(self.news))

    def close(self) -> None:
        """Go away, as a page does that is closed."""
        self.drop()
        self._thread.join(5)

    def drop(self) -> None:
        """The same for one that nobody reads."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _read(self) -> None:
        with suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            while line := self.answer.readline():
                self._take(line.decode().rstrip("\n"))
        self.ended.set()

    def _take(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if name == "":
            self.heard.set()
        elif name == "id":
            self.place = value
        elif name == "event":
            self.kinds.append(value)
        elif name == "data" and value != "{}":
            self.news.append(json.loads(value))


@contextmanager
def listening(address: str, cookie: str, after: str = "") -> Iterator[Ear]:
    """Listen for a while."""
    ear = Ear(address, cookie, after)
    assert ear.answer.status == 200, ear.answer.read()
    ear.start()
    try:
        wait_until(ear.heard.is_set)
        yield ear
    finally:
        ear.close()
