"""The JSON a visitor's page sends: small, in time, and right; or what is wrong with it, by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import gevent
from flask import request
from marshmallow import Schema, ValidationError

from services.webhook_gateway.channels.json_body import read_object
from services.webhook_gateway.ports import Unreadable
from shared.web.problems import Problem

MAX_JSON_BYTES: Final = 128 * 1024
"""The longest text, every detail and twenty pages of the longest addresses fit in."""
READ_SECONDS: Final = 20.0
JSON: Final = ("application/json",)
BEACON: Final = ("application/json", "text/plain")
"""What a page says while it is closed cannot have the type that would make browsers ask first."""


def json_body(schema: Schema, types: tuple[str, ...] = JSON) -> Any:
    """The body, loaded. Problem 400, 408, 413, 415, or 422 with each field that is wrong."""
    if request.mimetype not in types:
        raise Problem(415, "unsupported-media-type", "Unknown format", "Send application/json.")
    try:
        document = read_object(_read())
    except Unreadable as error:
        raise Problem(400, "unreadable", "Unreadable", str(error)) from None
    try:
        return schema.load(document)
    except ValidationError as error:
        raise invalid(error.normalized_messages()) from None


def invalid(messages: Mapping[str, Any]) -> Problem:
    """422 with what is wrong, by field."""
    return Problem(
        422,
        "invalid",
        "Some values cannot be accepted.",
        "Correct the fields listed under `errors`.",
        errors=[{"field": field, "problem": problem} for field, problem in _flat("", messages)],
    )


def too_large(limit: int) -> Problem:
    """413 with the limit, in bytes."""
    return Problem(413, "payload-too-large", "Too large", f"At most {limit} bytes are taken.", limit=limit)


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Problem 408 when it takes longer: whoever sends a byte now and then would stay for ever."""
    late = gevent.Timeout(seconds)
    late.start()
    try:
        yield
    except gevent.Timeout as raised:
        if raised is not late:
            raise
        raise Problem(408, "request-timeout", "Too slow", "Send it again.") from None
    finally:
        late.close()


def _read() -> bytes:
    # A body in chunks says no length; an empty one means the same (PEP 3333).
    length = request.content_length if request.environ.get("CONTENT_LENGTH") else None
    if (length or 0) > MAX_JSON_BYTES:
        raise too_large(MAX_JSON_BYTES)
    try:
        with in_time(READ_SECONDS):
            body = request.environ["wsgi.input"].read(MAX_JSON_BYTES + 1 if length is None else length)
    except OSError as error:
        raise Unreadable("The body could not be read.") from error
    if len(body) > MAX_JSON_BYTES:
        raise too_large(MAX_JSON_BYTES)
    return bytes(body)


def _flat(path: str, messages: Any) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _flat(".".join(part for part in (path, _part(key)) if part), value)
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(path, message)
    else:
        yield path or "body", str(messages)


def _part(key: object) -> str:
    # A key of a dictionary may be anything the caller made up; it is not quoted at length.
    return "" if key == "_schema" else str(key)[:60]
