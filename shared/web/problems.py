"""Errors as application/problem+json (RFC 9457): what is wrong, where, and what to do about it."""

from __future__ import annotations

import json
from typing import Any

import structlog
from flask import Flask, Response
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException

_log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal with its HTTP status, a slug as type, a title for people, and whatever else helps."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str = "",
        *,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra

    def response(self) -> Response:
        """The answer for the client."""
        document = {"type": f"urn:sportello:problem:{self.slug}", "title": self.title, "status": self.status}
        if self.detail:
            document["detail"] = self.detail
        document.update(self.extra)
        return Response(json.dumps(document), self.status, self.headers, content_type=CONTENT_TYPE)


def register_problem_handlers(app: Flask) -> None:
    """Answer every error of the application as a problem, never with a traceback."""

    @app.errorhandler(Problem)
    def own(error: Problem) -> Response:
        return error.response()

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        slug = (error.name or "error").lower().replace(" ", "-")
        problem = Problem(status, slug, error.name or "Error", error.description or "")
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            problem.headers["Allow"] = ", ".join(sorted(allowed))
        return problem.response()

    @app.errorhandler(ParseException)
    @app.errorhandler(NoMoreData)
    def unreadable(error: Exception) -> Response:
        # The server reads chunks only when the application asks for the body, and raises its own errors then.
        return Problem(400, "unreadable", "Unreadable", "The body could not be read.").response()

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        _log.exception("request failed")
        return Problem(
            500, "internal-error", "Something went wrong on our side.", "Try again; the log has the reason."
        ).response()
