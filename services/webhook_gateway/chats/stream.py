"""The body of an answer that goes on: one event after the other until the page or the process ends."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

from services.webhook_gateway.chat_ports import Chats, Line
from services.webhook_gateway.chats.aside import aside
from services.webhook_gateway.chats.counts import EVENTS
from services.webhook_gateway.chats.mailbox import Heard, Mailbox
from services.webhook_gateway.chats.wire import ALIVE, Wording, event
from shared.contracts.chat_offered import ChatOffered
from shared.messaging.message import Unavailable

ALIVE_SECONDS: Final = 20.0
"""So often something is sent: proxies close what is silent, and who is gone is noticed only then."""
SEND_SECONDS: Final = 30.0
"""Who takes nothing for so long is gone."""
AT_ONCE: Final = 100
_PAUSE_SECONDS: Final = 1.5


class Tale:
    """Where one page is: the last line it was told, and what it is told next."""

    __slots__ = (
        *("_behind", "_chats", "_clock", "_hello", "_mailbox", "_seen", "_told", "_who_is_there", "_wording"),
    )

    def __init__(
        self,
        chats: Chats,
        mailbox: Mailbox,
        wording: Wording,
        clock: Callable[[], datetime],
        who_is_there: Callable[[ChatOffered], dict[str, Any]],
    ) -> None:
        self._chats = chats
        self._mailbox = mailbox
        self._wording = wording
        self._clock = clock
        self._who_is_there = who_is_there
        self._hello = b""
        self._told = 0
        self._seen = 0
        self._behind = True

    def begin(self, after: int | None, offer: ChatOffered) -> None:
        """Find out where it begins: behind this line, None: with what comes from now on. Unavailable."""
        standing = self._chats.standing(self._mailbox.chat)
        # A number that is not reached is of a chat that was forgotten: what comes now counts.
        self._told = standing.seq if after is None else min(after, standing.seq)
        self._seen = standing.seen
        hello = {"seq": standing.seq, "seen": standing.seen, **self._who_is_there(offer)}
        self._hello = _counted("hello", hello)

    def events(self) -> Iterator[bytes]:
        """All events, beginning with `hello`; ends when the page has to go somewhere else."""
        yield self._hello
        while True:
            if self._behind:
                yield from self._missed()
            heard = self._mailbox.hear(self._patience())
            told = False
            for each in self._all(heard):
                told = True
                yield each
            if heard.ended:
                yield _counted(heard.ended, {})
                return
            if not told:
                EVENTS["alive"].inc()
                yield ALIVE

    def _patience(self) -> float:
        if self._behind:
            return _PAUSE_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
        return ALIVE_SECONDS

    def _missed(self) -> Iterator[bytes]:
        """What the database has behind the last line. While it is away the page goes on waiting."""
        try:
            while lines := aside(partial(self._chats.after, self._mailbox.chat, self._told, AT_ONCE)):
                for line in lines:
                    yield self._line(line)
            self._behind = False
        except Unavailable:
            self._behind = True

    def _all(self, heard: Heard) -> Iterator[bytes]:
        for line in heard.lines:
            if line.seq == self._told + 1:
                yield self._line(line)
            elif line.seq > self._told:
                self._behind = True
        if heard.behind:
            self._behind = True
        if self._behind:
            yield from self._missed()
        if heard.seen > self._seen:
            self._seen = heard.seen
            yield _counted("seen", {"seq": heard.seen})
        if heard.typing is not None:
            yield _counted("typing", {"name": heard.typing.name})
        if heard.offer is not None:
            yield _counted("offer", self._who_is_there(heard.offer))

    def _line(self, line: Line) -> bytes:
        self._told = line.seq
        return _counted("line", self._wording.line(line, self._clock()), line.seq)


class EventStream:
    """The tale as WSGI wants it (PEP 3333): closed however it ends, also before its first byte."""

    __slots__ = ("_connection", "_events", "_leave")

    def __init__(self, tale: Tale, leave: Callable[[], None], connection: socket.socket | None) -> None:
        self._events = tale.events()
        self._leave = leave
        self._connection = connection
        if connection is not None:
            connection.settimeout(SEND_SECONDS)

    def __iter__(self) -> Iterator[bytes]:
        return self._events

    def close(self) -> None:
        """Called by the server."""
        self._leave()
        if self._connection is not None:
            # Nothing else is asked on this connection: else it would be waited for before a process can end.
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RD)


def _counted(name: str, data: dict[str, Any], seq: int | None = None) -> bytes:
    EVENTS[name].inc()
    return event(name, data, seq)
