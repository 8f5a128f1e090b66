"""The log-in of a browser: a signed cookie that holds a secret, of which the desk keeps the digest."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from services.ticket_service.api.context import services
from services.ticket_service.auth import Caller, WrongCredentials, digest_of
from services.ticket_service.domain.session import LONGEST, MOST_AGENT, Session, password_mark
from services.ticket_service.domain.user import User
from shared.web.problems import Problem

SECRET: Final = "sid"  # noqa: S105 - the name under which it lies in the cookie
CSRF_HEADER: Final = "X-CSRFToken"
COOKIE: Final = "sportello"
SAFE_COOKIE: Final = "__Host-sportello"
"""A name that browsers take over https only, from this very host, for all its paths."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class CookieKeys:
    """The first key signs log-ins, all are believed. `https`: nothing goes without it."""

    keys: tuple[str, ...] = field(default_factory=lambda: (secrets.token_urlsafe(32),), repr=False)
    https: bool = False


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, in the safest form that the connection allows."""

    def __init__(self, https: bool) -> None:
        self._https = https

    def get_cookie_name(self, app: Flask) -> str:
        return SAFE_COOKIE if self.get_cookie_secure(app) else COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        return self._https or request.is_secure


def install(app: Flask, keys: CookieKeys) -> None:
    """Sign the cookies of this application."""
    app.secret_key = keys.keys[0]
    app.config["SECRET_KEY_FALLBACKS"] = list(keys.keys[1:])
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.config["PERMANENT_SESSION_LIFETIME"] = LONGEST
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    app.session_interface = _Cookies(keys.https)


def caller_of_cookie() -> Caller | None:
    """Who is logged in in this browser; None when nobody is, or the session is over."""
    secret = session.get(SECRET)
    if not isinstance(secret, str):
        return None
    try:
        return services().authenticator.by_session(secret)
    except WrongCredentials:
        session.clear()
        return None


def sign_in(user: User) -> None:
    """Begin a session in this browser. What the cookie held before is gone: no session can be planted."""
    secret = secrets.token_urlsafe(32)
    now = services().desk.clock()
    sign_out()
    session[SECRET] = secret
    session.permanent = True
    address, agent = request.remote_addr or "", request.user_agent.string[:MOST_AGENT]
    mark = password_mark(user.password_hash)
    services().doors.sessions.begin(Session(digest_of(secret), user.id, now, now, address, agent, mark))


def sign_out() -> None:
    """End the session of this browser, here and in the database."""
    secret = session.get(SECRET)
    if isinstance(secret, str):
        services().doors.sessions.end(digest_of(secret))
    session.clear()


def require_own_page() -> None:
    """Problem 403 for a changing request that does not prove it comes from a page of ours."""
    if request.method not in _SAFE:
        require_token(request.headers.get(CSRF_HEADER))


def require_token(token: str | None) -> None:
    """Problem 403 unless the token is one that a page of this session was given."""
    try:
        validate_csrf(token)
    except (ValidationError, CSRFError) as error:
        raise Problem(
            403,
            "not-from-our-page",
            "This page is too old.",
            f"Reload the page and try again. (The header `{CSRF_HEADER}` is missing or wrong.)",
        ) from error
