"""Reading a JSON body: fast for what is usual, tolerant where JSON allows more, firm on what it does not."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import orjson

from services.webhook_gateway.ports import Unreadable


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body (UTF-8). Unreadable when it is not JSON, or not an object.

    What comes back can be written as JSON again: no lone surrogates, no NaN, no integers beyond 64 bits.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = _read_unusual(body)
    if type(document) is not dict:
        raise Unreadable("The body is JSON, but not an object.")
    return document


def as_text(value: Any) -> str:
    """A value that came out of `read_object` as JSON text. Unreadable when it is nested beyond all reason.

    The reader takes 1,024 levels, the writer 254; providers use about a dozen.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise Unreadable("The body is nested too deeply.") from error


def _read_unusual(body: bytes) -> Any:
    """What the fast reader refuses though it is JSON: half a surrogate pair, which becomes U+FFFD."""
    try:
        document = json.loads(body.decode(), parse_constant=_refuse_constant)
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        return orjson.loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON in UTF-8.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
