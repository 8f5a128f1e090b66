"""How the forms of the doors answer: again with what went wrong, and only to pages of our own."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from services.ticket_service.api import context, session_cookie
from services.ticket_service.auth import TooManyAttempts
from services.ticket_service.console.pages import show
from shared.web.problems import Problem

WRONG = "wrong"
LATER = "later"
OLD = "old"
"""What templates/doors/mistakes.html has words for."""


def asked(template: str, status: int = 200, /, **values: Any) -> Response:
    """The page that asks, with this status."""
    response = show(template, **values)
    response.status_code = status
    return response


def later(template: str, error: TooManyAttempts, /, **values: Any) -> Response:
    """The page that asks, saying when to come back."""
    passed = error.until - context.services().desk.clock()
    seconds = max(1, int(passed.total_seconds()) + 1)
    response = asked(template, 429, mistake=LATER, seconds=seconds, **values)
    response.headers["Retry-After"] = str(seconds)
    return response


def from_our_page() -> bool:
    """Whether the form was on a page that this browser was given."""
    try:
        session_cookie.require_token(request.form.get("csrf_token"))
    except Problem:
        return False
    return True
