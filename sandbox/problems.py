"""How the sandbox's own API refuses: RFC 9457 problem details, never a traceback."""

import json
import logging
from typing import Any, TypeVar

from flask import Flask, Response, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException

log = logging.getLogger("sandbox")
_Loaded = TypeVar("_Loaded")


class Problem(Exception):
    """A refusal that tells the caller what to change."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}

    def response(self) -> Response:
        """The refusal as the answer to the request."""
        return Response(json.dumps(self.document), self.status, mimetype="application/problem+json")


def parse_object(raw: bytes) -> dict[str, Any]:
    """Parse a JSON object from `raw`; raises ValueError, also for nesting that no honest caller sends."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def read_object() -> dict[str, Any]:
    """The request's JSON object; raises Problem 400 or 415."""
    if request.mimetype != "application/json":
        # Also what keeps a foreign page from using a visitor's browser: this type needs a preflight.
        raise Problem(415, "Unsupported media type", "Send the body as application/json.")
    try:
        return parse_object(request.get_data())
    except ValueError as error:
        raise Problem(400, "Malformed JSON", f"The body must be a JSON object: {error}.") from None


def read_body(schema: Schema) -> dict[str, Any]:
    """Check the request's JSON body against `schema`; raises Problem 400, 415 or 422 naming each mistake."""
    return checked(schema, read_object())


def checked(schema: Schema, data: Any) -> dict[str, Any]:
    """Check `data` against `schema`; raises Problem 422 naming each mistake."""
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise Problem(
            422, "Not valid", "Some fields are missing or wrong.", errors=error.messages_dict
        ) from None
    return loaded


def not_valid(**mistakes: str) -> Problem:
    """A refusal that names what is wrong with each field."""
    errors = {field.rstrip("_"): [wrong] for field, wrong in mistakes.items()}
    return Problem(422, "Not valid", "Some fields are missing or wrong.", errors=errors)


def install(app: Flask) -> None:
    """Let `app` answer its own and the framework's refusals, and its failures, as problem details."""
    app.register_error_handler(Problem, lambda problem: problem.response())

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        code = error.code or 500
        if error.response is not None or code < 400:
            return Response(error.get_response().get_data(), code, dict(error.get_headers()))
        answer = Problem(code, error.name, error.description or error.name).response()
        if code == 405:
            answer.headers.extend([h for h in error.get_headers() if h[0] == "Allow"])
        return answer

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.error("A request failed: path=%s", request.path, exc_info=error)
        return Problem(500, "Internal error", "The sandbox failed; its log says why.").response()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
