"""Server-sent events: an open page hears what changes, from the place where it last heard something."""

from __future__ import annotations

import json
import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, request, session
from flask.typing import ResponseReturnValue

from services.ticket_service.api import context
from services.ticket_service.api.services import Services
from services.ticket_service.api.session_cookie import SECRET, caller_of_cookie
from services.ticket_service.auth import Caller, WrongCredentials
from services.ticket_service.console.live.hub import Full, Hub
from services.ticket_service.console.live.listener import Heard, Listener
from services.ticket_service.console.pages import PAGE_NEEDS
from services.ticket_service.domain import permissions
from services.ticket_service.domain.news import News
from shared.messaging.message import Unavailable
from shared.web.problems import Problem
from shared.web.stopping import STOPPING

EVENTS: Final = "/console/events"
NEWS: Final = "/console/news"
ALIVE_SECONDS: Final = 15.0
"""So often something is sent, for proxies to see; and so often the log-in is looked at again."""
PRESENT_SECONDS: Final = 45.0
"""So often it is noted that the page is open; twice within what counts as being at the desk."""
TOGETHER_SECONDS: Final = 0.25
"""What comes within it is told at once."""
RETRY_SECONDS: Final = 20
_LOOK_SECONDS: Final = 1.0
_PLACE: Final = re.compile(r"[0-9A-Fa-f]{2,1000}\Z")
_SOCKETS: Final = ("gunicorn.socket", "werkzeug.socket")

blueprint = Blueprint("live-stream", __name__)


def install(app: Flask) -> None:
    """Serve the stream, and let each page know the place from which on it has to hear (`news_place`)."""
    app.register_blueprint(blueprint)

    @app.before_request
    def note_place() -> None:
        # Before anything is read: what changes while the page is made is then heard of, not missed.
        if request.endpoint in PAGE_NEEDS:
            g.news_place = context.services().news.position()

    @app.context_processor
    def at_hand() -> dict[str, Any]:
        return {"news_place": g.get("news_place", "")}


@blueprint.get(EVENTS)
def events() -> ResponseReturnValue:
    """What happens from now on, or after `Last-Event-ID`, as long as the page is open. 401, 403, 503."""
    who, hub = _reader(), context.services().news
    if STOPPING.requested:
        raise Problem(
            503, "stopping", "This process is coming to its end.", "Ask again: another one answers."
        )
    try:
        listener = hub.listen(_after(), who.user.id, who.session.digest if who.session else "")
    except Full:
        raise Problem(
            503,
            "too-many-streams",
            "Too many pages are open at once.",
            "What changed is asked for every now and then instead.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        ) from None
    doors = _Doors(context.services(), who, session[SECRET])
    stream = EventStream(hub, listener, doors, _socket(request.environ))
    response = Response(stream, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    # nginx would keep what is small until there is more of it.
    response.headers["X-Accel-Buffering"] = "no"
    return response


@blueprint.get(NEWS)
def news() -> ResponseReturnValue:
    """The same once, for pages that have no stream: what happened after `after`. 401, 403, 503."""
    _reader()
    place, missed = context.services().news.since(_after())
    return {"place": place, **missed.wire()}


class _Doors:
    """Whether the one who listens may still do so; and that somebody does, for live chats to be online."""

    def __init__(self, services: Services, who: Caller, secret: str) -> None:
        self._authenticator = services.authenticator
        self._sessions = services.doors.sessions
        self._clock = services.desk.clock
        self._session = who.session.digest if who.session else ""
        self._secret = secret
        self._said_at = 0.0

    def open(self) -> bool:
        """Look at it again. While the database is away nobody is thrown out: nothing is told either."""
        try:
            return _may(self._authenticator.by_session(self._secret, used=False))
        except WrongCredentials:
            return False
        except Unavailable:
            return True

    def here(self) -> None:
        """Note now and then that a page is open; one note more or less makes no difference."""
        if self._said_at and time.monotonic() - self._said_at < PRESENT_SECONDS:
            return
        self._said_at = time.monotonic()
        with suppress(Unavailable):
            self._sessions.present(self._session, self._clock())


class EventStream:
    """The body of the answer: one event after the other, until the page, the log-in or the process ends."""

    def __init__(self, hub: Hub, listener: Listener, doors: _Doors, line: socket.socket | None) -> None:
        self._hub = hub
        self._listener = listener
        self._doors = doors
        self._line = line
        self._events = self._all()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        """Called by the server however the answer ends, also before its first byte."""
        self._hub.leave(self._listener)

    def _all(self) -> Iterator[bytes]:
        yield b": here\n\n"
        said_at = time.monotonic()
        while not STOPPING.requested:
            heard = self._listener.hear(_LOOK_SECONDS)
            if heard.news and time.monotonic() - said_at < TOGETHER_SECONDS:
                time.sleep(TOGETHER_SECONDS)
                heard = _together(heard, self._listener.hear(0))
            silent = time.monotonic() - said_at >= ALIVE_SECONDS
            self._doors.here()
            if heard.ended:
                yield b"event: replaced\ndata: {}\n\n"
                return
            if (heard.doors or silent) and not self._doors.open():
                yield b"event: over\ndata: {}\n\n"
                return
            if heard.news or silent:
                yield _event(heard)
                said_at = time.monotonic()
            elif _hung_up(self._line):
                return


def _together(first: Heard, then: Heard) -> Heard:
    news = first.news
    news.merge(then.news)
    return Heard(then.place, news, first.doors or then.doors, then.ended)


def _event(heard: Heard) -> bytes:
    """An event; without data where nothing happened: it only tells how far the stream is."""
    place = f"id: {heard.place}\n" if heard.place else ": \n"
    data = f"data: {_json(heard.news)}\n" if heard.news else ""
    return f"{place}{data}\n".encode()


def _json(news: News) -> str:
    return json.dumps(news.wire(), separators=(",", ":"))


def _reader() -> Caller:
    """Who listens. Problem 401, 403."""
    who = caller_of_cookie()
    if who is None:
        raise Problem(401, "log-in-required", "Please log in.", "The log-in of this browser is over.")
    if not _may(who):
        raise Problem(
            403,
            "permission-missing",
            "You may not do this.",
            f"It needs the permission `{permissions.TICKETS_READ}`.",
            permission=permissions.TICKETS_READ,
        )
    return who


def _may(who: Caller) -> bool:
    return who.may(permissions.TICKETS_READ)


def _after() -> str:
    """The place the page names; what is none is as good as one that nobody remembers."""
    given = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return given if not given or _PLACE.match(given) else "00"


def _socket(environ: dict[str, Any]) -> socket.socket | None:
    """The connection itself, as the servers we run on hand it over."""
    return next((environ[name] for name in _SOCKETS if name in environ), None)


def _hung_up(line: socket.socket | None) -> bool:
    """Whether the other side closed: else a page that was left would hold its thread for a quarter minute."""
    if line is None:
        return False
    try:
        looking = select.poll()
        looking.register(line, select.POLLIN)
        return bool(looking.poll(0)) and not line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True
