"""Reading a JSON body: fast for what is usual, tolerant where JSON allows more, firm on what it does not."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

import orjson

from services.webhook_gateway.ports import Unreadable

MAX_DEPTH: Final = 100
"""Providers nest about a dozen levels; beyond 254 our own writer would refuse what the reader took."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body (UTF-8). Unreadable when it is not JSON, too deep, or not an object.

    What comes back can be written as JSON again: no lone surrogates, no NaN, no integers beyond 64 bits.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = _read_unusual(body)
    if type(document) is not dict:
        raise Unreadable("The body is JSON, but not an object.")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper_than(document, MAX_DEPTH):
        raise Unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return document


def as_text(value: Any) -> str:
    """A value that came out of `read_object` as JSON text."""
    return orjson.dumps(value).decode()


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


def _deeper_than(document: Any, limit: int) -> bool:
    """Whether lists and objects nest deeper than this; by levels, so that no input can exhaust the stack."""
    level = [document]
    for _ in range(limit):
        children: list[Any] = []
        for node in level:
            values = node.values() if type(node) is dict else node
            children += [value for value in values if type(value) is dict or type(value) is list]
        if not children:
            return False
        level = children
    return True
