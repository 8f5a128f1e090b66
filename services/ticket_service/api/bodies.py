"""How request bodies and query values are read: JSON only, bounded, and nothing a database takes for code."""

from __future__ import annotations

import math
from typing import Any, Final

import orjson
from flask import Request
from marshmallow import RAISE, Schema
from webargs.flaskparser import FlaskParser, is_json_request

from services.ticket_service.api.problems import invalid
from shared.web.problems import Problem

MAX_BODY_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
_INT64: Final = 2**63
"""BSON keeps 64-bit integers; what is larger could be read but not stored."""


class StrictParser(FlaskParser):
    """webargs' parser: unknown fields are refused, also in the query, where a typo would widen the answer."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - as the base class declares it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": RAISE,
        "query": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The JSON body. Problem 400 (malformed, too deep), 413, 415 or 422 (values we do not keep)."""
        return read_json(req)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query's values. Problem 422 when one holds a NUL."""
        bad = [name for name, value in req.args.items(multi=True) if "\0" in name or "\0" in value]
        if bad:
            raise invalid([(name.replace("\0", "\\0"), "NUL characters are not accepted.") for name in bad])
        return super().load_querystring(req, schema)


def read_json(req: Request) -> Any:
    """The request's JSON document. Problems as StrictParser.load_json says."""
    data = req.get_data(cache=True)
    if not data:
        raise Problem(400, "body-missing", "A JSON body is expected.")
    if not is_json_request(req):
        raise Problem(415, "unsupported-media-type", "Send the body as application/json.")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed-json", "The body is not JSON.", str(error)) from error
    refuse_hostile(document)
    return document


def refuse_hostile(document: Any) -> None:
    """Problem 400 for a document nested deeper than MAX_DEPTH, 422 for keys and values that are not for us.

    Keys that begin with `$`, hold a dot or a NUL mean something to MongoDB; NUL and integers beyond 64 bits
    cannot be stored faithfully.
    """
    errors: list[tuple[str, str]] = []
    pending: list[tuple[str, int, Any]] = [("", 0, document)]
    while pending:
        path, depth, value = pending.pop()
        if depth > MAX_DEPTH:
            raise Problem(400, "too-deep", f"The body is nested deeper than {MAX_DEPTH} levels.")
        if isinstance(value, dict):
            for key, item in value.items():
                inner = f"{path}.{key}" if path else key
                if key.startswith("$") or "." in key or "\0" in key:
                    errors.append((inner.replace("\0", "\\0"), "Keys with $, dots or NUL are not accepted."))
                pending.append((inner, depth + 1, item))
        elif isinstance(value, list):
            pending.extend((f"{path}.{index}", depth + 1, item) for index, item in enumerate(value))
        elif isinstance(value, str) and "\0" in value:
            errors.append((path or "body", "NUL characters are not accepted."))
        elif isinstance(value, int) and not -_INT64 <= value < _INT64:
            errors.append((path or "body", "Integers beyond 64 bits are not accepted."))
        elif isinstance(value, float) and not math.isfinite(value):
            errors.append((path or "body", "This number is too large."))
    if errors:
        raise invalid(errors[:50])
