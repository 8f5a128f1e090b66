"""The log-in of a browser: a signed cookie that holds a secret, of which the desk keeps the digest."""

from __future__ import annotations

import secrets
from typing import Final

from flask import request, session
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from services.ticket_service.api.context import services
from services.ticket_service.auth import Caller, WrongCredentials, digest_of
from services.ticket_service.domain.session import Session
from services.ticket_service.domain.user import User
from shared.web.problems import Problem

SECRET: Final = "sid"  # noqa: S105 - the name under which it lies in the cookie
CSRF_HEADER: Final = "X-CSRFToken"
_MOST_AGENT: Final = 300
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


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
    session.clear()
    session[SECRET] = secret
    agent = request.user_agent.string[:_MOST_AGENT]
    services().sessions.begin(Session(digest_of(secret), user.id, now, now, request.remote_addr or "", agent))


def sign_out() -> None:
    """End the session of this browser, here and in the database."""
    secret = session.get(SECRET)
    if isinstance(secret, str):
        services().sessions.end(digest_of(secret))
    session.clear()


def require_own_page() -> None:
    """Problem 403 for a changing request that does not prove it comes from a page of ours."""
    if request.method in _SAFE:
        return
    try:
        validate_csrf(request.headers.get(CSRF_HEADER))
    except (ValidationError, CSRFError) as error:
        raise Problem(
            403,
            "not-from-our-page",
            "This page is too old.",
            f"Reload the page and try again. (The header `{CSRF_HEADER}` is missing or wrong.)",
        ) from error
