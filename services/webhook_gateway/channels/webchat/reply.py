"""What a page gets as an answer: that its message is safe, and the headers by which only it may read so."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, jsonify

from shared.web.problems import Problem

PREFLIGHT_SECONDS: Final = 600
_ALLOWED_HEADERS: Final = "Authorization, Content-Type, Last-Event-ID, X-Sportello-Cursor"
_SHOWN_HEADERS: Final = "Retry-After"
"""A page may read these beside what every page may: when to come again."""


def accepted(**body: str) -> Response:
    """It is safe; what becomes of it the chat shows."""
    answer = jsonify(**body)
    answer.status_code = 202
    return answer


def not_offered(detail: str) -> Problem:
    """What the desk's settings have switched off."""
    return Problem(403, "not-offered", "Not offered", detail)


def dress(response: Response, origin: str) -> None:
    """The headers on every answer. Exactly this page may read it, and none with a person's cookies."""
    headers = response.headers
    headers.add("Vary", "Origin")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["Referrer-Policy"] = "no-referrer"
    if origin:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = _SHOWN_HEADERS


def preflight_answer(method: str) -> Response:
    """Which requests a page may make of this door (Fetch standard, CORS-preflight)."""
    headers: dict[str, Any] = {
        "Access-Control-Allow-Methods": method,
        "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    return Response(status=204, headers=headers)
