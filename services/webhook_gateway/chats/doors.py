"""The doors of the streams process: what happens in a chat, as a stream or by polls, and what was said."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final

import orjson
from flask import Flask, Response, request

from services.webhook_gateway.channels.webchat.guard import Caller, Door, Guard
from services.webhook_gateway.channels.webchat.offers import who_is_there
from services.webhook_gateway.channels.webchat.verify import ChatVisitor
from services.webhook_gateway.chat_ports import Chats, Guest
from services.webhook_gateway.chats.board import Board
from services.webhook_gateway.chats.hub import Crowded, Full, Hub
from services.webhook_gateway.chats.mailbox import Mailbox
from services.webhook_gateway.chats.presence import Attendance
from services.webhook_gateway.chats.stream import EventStream, Tale
from services.webhook_gateway.chats.wire import Wording
from shared.contracts.chat_offered import ChatOffered
from shared.messaging.message import Unavailable
from shared.runtime.clock import utc_now
from shared.web.problems import Problem

LONGEST_WAIT: Final = 25
MOST_LINES: Final = 100
LINES_USUALLY: Final = 50
RETRY_SECONDS: Final = 5
CROWDED_SECONDS: Final = (20, 40)
"""When who is sent away may come back, by chance: nobody knows when somebody leaves, and not all at once."""
_REMEMBERED: Final = 10_000
_LONGEST_NUMBER: Final = 15
_SOCKET: Final = "gunicorn.socket"
_EVENTS: Final = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Streams:
    """What the doors need."""

    chats: Chats
    hub: Hub
    board: Board
    attendance: Attendance
    files_secret: str


def add_stream_doors(app: Flask, guard: Guard, streams: Streams) -> None:
    """Serve `stream`, `events` and `lines` below `/webchat/<site>`."""
    doors = _Doors(streams)
    guard.add(app, Door("stream", "GET", "/stream"), doors.stream)
    guard.add(app, Door("events", "GET", "/events"), doors.events)
    guard.add(app, Door("lines", "GET", "/lines"), doors.lines)


class _Doors:
    def __init__(self, streams: Streams) -> None:
        self._chats = streams.chats
        self._streams = streams
        self._adopted: dict[tuple[str, tuple[str, ...]], None] = {}

    def stream(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """What happens from now on, or behind `Last-Event-ID`, as long as the page is open."""
        if request.method == "HEAD":
            return Response(content_type=_EVENTS)  # the server would neither read the body nor close it
        after = _whole("Last-Event-ID", request.headers.get("Last-Event-ID", ""))
        with _answers():
            self._adopt(visitor)
            mailbox, leave = self._enter(caller, visitor)
            tale = Tale(self._chats, mailbox, self._wording(caller), utc_now, partial(self._there, caller))
            try:
                tale.begin(after, self._streams.board.current(caller.site.id))
            except BaseException:
                leave()
                raise
        body = EventStream(tale, leave, request.environ.get(_SOCKET))
        # Request and response are let go: kept as long as the page is open, they were half of its memory.
        request.environ.pop("werkzeug.request", None)
        response = Response(body, content_type=_EVENTS, direct_passthrough=True)
        # nginx would keep what is small until there is more of it.
        response.headers["X-Accel-Buffering"] = "no"
        return response

    def events(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """The same once, for pages behind proxies that hold streams back: waits for something to tell."""
        wait = _number("wait")
        until = monotonic() + min(LONGEST_WAIT if wait is None else wait, LONGEST_WAIT)
        after = _number("after")
        with _answers():
            self._adopt(visitor)
            mailbox, leave = self._enter(caller, visitor, poll=True)
            try:
                return _json(self._news(caller, mailbox, after, until))
            finally:
                leave()

    def lines(self, caller: Caller, visitor: ChatVisitor) -> Response:
        """A page of what was said before, the newest first, each page oldest first."""
        limit = max(1, min(_number("limit") or LINES_USUALLY, MOST_LINES))
        before, wording = _number("before"), self._wording(caller)
        with _answers():
            self._adopt(visitor)
            standing = self._chats.standing(visitor.contact_key)
            found = self._chats.before(visitor.contact_key, before, limit + 1)
        items = [wording.line(line, caller.at) for line in found[-limit:]]
        return _json({"items": items, "more": len(found) > limit, "seq": standing.seq})

    def _news(self, caller: Caller, mailbox: Mailbox, after: int | None, until: float) -> dict[str, Any]:
        wording, standing = self._wording(caller), self._chats.standing(mailbox.chat)
        told = standing.seq if after is None else min(after, standing.seq)
        typing, news = None, False
        while True:
            found = self._chats.after(mailbox.chat, told, MOST_LINES) if news or told < standing.seq else []
            left = until - monotonic()
            if found or news or left <= 0:
                break
            heard = mailbox.hear(left)
            typing = heard.typing
            news = bool(heard.lines or heard.seen or heard.typing or heard.offer or heard.ended)
            news = news or self._chats.standing(mailbox.chat) != standing
        if news:
            standing = self._chats.standing(mailbox.chat)
        return {
            "seq": found[-1].seq if found else told,
            "seen": standing.seen,
            "online": self._streams.board.current(caller.site.id).online,
            "lines": [wording.line(line, utc_now()) for line in found],
            "typing": {"name": typing.name} if typing is not None else None,
        }

    def _there(self, caller: Caller, offer: ChatOffered) -> dict[str, Any]:
        return who_is_there(offer, caller.site, self._streams.files_secret, utc_now())

    def _wording(self, caller: Caller) -> Wording:
        return Wording(caller.site, self._streams.files_secret)

    def _enter(
        self, caller: Caller, visitor: ChatVisitor, *, poll: bool = False
    ) -> tuple[Mailbox, Callable[[], None]]:
        """A mailbox for one more page of this visitor, and what closes it."""
        streams = self._streams
        mailbox = streams.hub.open(visitor.channel_id, visitor.contact_key, caller.address, poll=poll)
        guest = Guest(visitor.channel_id, visitor.id, visitor.former, visitor.name, visitor.email)
        streams.attendance.enter(guest)

        def leave() -> None:
            streams.hub.close(mailbox)
            streams.attendance.leave(guest)

        return mailbox, leave

    def _adopt(self, visitor: ChatVisitor) -> None:
        """What a verified visitor said before logging in is theirs; once is enough."""
        key = (visitor.contact_key, visitor.former)
        if visitor.former and key not in self._adopted:
            self._chats.adopt(visitor.channel_id, visitor.id, visitor.former)
            self._adopted[key] = None
            if len(self._adopted) > _REMEMBERED:
                del self._adopted[next(iter(self._adopted))]


@contextmanager
def _answers() -> Iterator[None]:
    """Problem 503 while the database is away, or this process has no room; 429 for who has too many open."""
    try:
        yield
    except Unavailable:
        slug, detail = "unavailable", "The chat cannot be read now; try again."
    except Full:
        slug, detail = "too-many-streams", "No more streams are taken here; try again, or poll."
    except Crowded:
        wait = str(random.randint(*CROWDED_SECONDS))  # noqa: S311 - jitter, not a secret
        detail = "This visitor, or this address, has too many pages open; close some, or wait."
        headers = {"Retry-After": wait}
        raise Problem(429, "too-many-pages", "Too many open pages", detail, headers=headers) from None
    else:
        return
    raise Problem(503, slug, "Not available now", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), content_type="application/json")


def _number(name: str) -> int | None:
    return _whole(name, request.args.get(name, ""))


def _whole(name: str, given: str) -> int | None:
    """A line's number, a count or seconds; None when nothing is given. Problem 400."""
    if not given:
        return None
    if not (given.isascii() and given.isdigit()) or len(given) > _LONGEST_NUMBER:
        raise Problem(
            400, "wrong-number", "Not a number", f"{name} must be a whole number, or be left out.", field=name
        )
    return int(given)
