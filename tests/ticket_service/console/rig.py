"""The console as people see it: pages read by a client with a session, and screens in a real browser."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response as WsgiResponse

from services.ticket_service.domain.session import Session, password_mark
from tests.ticket_service.api.rig import ANNA, BRUNO, VERA, Rig

USERS: Final = {"anna": ANNA, "bruno": BRUNO, "vera": VERA}
"""An administrator, an agent, a viewer."""
PATIENCE: Final = 10_000
_RULES: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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


@dataclass
class Screen:
    """A browser on the served console. What pages complain about, or fetch from elsewhere, is remembered."""

    rig: Rig
    base: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self, path: str, *, user: str | None = "anna", width: int = 1440, dark: bool = False, **options: Any
    ) -> Page:
        """A page as this user sees it, in a browser of its own; `user` None: nobody is logged in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": options.pop("height", 900 if width > 500 else 760)},
            color_scheme="dark" if dark else "light",
            base_url=self.base,
            locale=options.pop("locale", "en-GB"),
            **options,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        if user is not None:
            name, value = cookie_of(self.rig.app, begin_session(self.rig, user))
            context.add_cookies([{"name": name, "value": value, "url": self.base}])
        page = context.new_page()
        self.watch(page)
        page.goto(path)
        return page

    def watch(self, page: Page) -> None:
        """Remember what this page complains about."""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def axe(self, page: Page, *, within: str | None = None) -> None:
        """Assert that axe-core finds nothing wrong with the page (or with one element of it)."""
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(
            "([where, options]) => axe.run(where || document, options)",
            [within, {"runOnly": _RULES["runOnly"]}],
        )
        lines = [
            f"{violation['id']}: {violation['help']}\n    "
            + "\n    ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:5])
            for violation in found["violations"]
        ]
        assert not lines, f"{page.url}\n" + "\n".join(lines)

    def close(self) -> None:
        """Close what was opened; AssertionError when a page complained."""
        for context in self._contexts:
            context.close()
        unexpected = [each for each in self.complaints if not any(part in each for part in self.allowed)]
        assert not unexpected, "\n".join(unexpected)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(self.base):
            self.complaints.append(f"left the origin: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.url}")
