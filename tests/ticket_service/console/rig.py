"""The console as people see it: pages read by a client with a session, and screens in a real browser."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response as WsgiResponse

from services.ticket_service.domain.session import Session, password_mark
from tests.support.watched import Watched
from tests.ticket_service.api.rig import ANNA, BRUNO, VERA, Rig

USERS: Final = {"anna": ANNA, "bruno": BRUNO, "vera": VERA}
"""An administrator, an agent, a viewer."""


def begin_session(rig: Rig, user: str) -> str:
    """A session of this user in the database; the secret that its cookie holds."""
    secret = f"secret of {user} {rig.written} {datetime.now(UTC).timestamp()}"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    now = rig.clock.now
    stored = rig.web.services.access.user(USERS[user])
    mark = password_mark(stored.password_hash if stored else "")
    session = Session(digest, USERS[user], now, now, "127.0.0.1", "tests", mark)
    rig.web.services.doors.sessions.begin(session)
    return secret


def sign_in(rig: Rig, user: str = "anna") -> FlaskClient:
    """A browser of this user, as far as cookies go."""
    client = rig.app.test_client()
    secret = begin_session(rig, user)
    with client.session_transaction() as session:
        session["sid"] = secret
    return client


def page(rig: Rig, path: str, *, user: str = "anna", status: int = 200, **headers: str) -> BeautifulSoup:
    """The page at a path as this user sees it."""
    answer = sign_in(rig, user).get(path, headers=headers)
    assert answer.status_code == status, (answer.status_code, answer.headers, answer.text[:2_000])
    return BeautifulSoup(answer.text, "html.parser")


def one(within: Tag, selector: str) -> Tag:
    """The first element that fits; AssertionError when there is none."""
    found = within.select_one(selector)
    assert found is not None, f"nothing fits {selector}"
    return found


def attribute(within: Tag, selector: str, name: str) -> str:
    """An attribute of the first element that fits."""
    return str(one(within, selector)[name])


def cookie_of(app: Flask, secret: str) -> tuple[str, str]:
    """Name and value of the cookie that holds this secret."""
    with app.test_request_context("/"):
        session = app.session_interface.open_session(app, app.test_request_context("/").request)
        assert session is not None
        session["sid"] = secret
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
    name, _, rest = WsgiResponse(headers=response.headers).headers["Set-Cookie"].partition("=")
    return name, rest.split(";")[0]


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """The application on a port of its own, each request in a thread; its address."""
    server: BaseWSGIServer = make_server("127.0.0.1", port, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


class Screen(Watched):
    """A browser on the served console of a rig."""

    def __init__(self, rig: Rig, base: str, browser: Browser) -> None:
        super().__init__(base, browser)
        self.rig = rig

    def open(self, path: str, *, user: str | None = "anna", **options: Any) -> Page:
        """A page as this user sees it, in a browser of its own; `user` None: nobody is logged in."""
        context = self.context(**options)
        if user is not None:
            name, value = cookie_of(self.rig.app, begin_session(self.rig, user))
            context.add_cookies([{"name": name, "value": value, "url": self.base}])
        page = context.new_page()
        self.goto(page, path)
        return page
