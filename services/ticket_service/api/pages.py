"""Cursor pages: keyset positions, so that no page skips or repeats an entry while new ones arrive."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

import orjson
from marshmallow import Schema, fields, validate

from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries import Page
from shared.web.problems import Problem

T = TypeVar("T")

DEFAULT_LIMIT: Final = 25
MAX_LIMIT: Final = 100
_MAX_CURSOR: Final = 4_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_NUMBER: Final = 2**31


def encode_cursor(position: Position) -> str:
    """The position as opaque text."""
    milliseconds = (position.at - _EPOCH) // timedelta(milliseconds=1)
    return (
        base64.urlsafe_b64encode(orjson.dumps([milliseconds, position.number, position.id]))
        .decode()
        .rstrip("=")
    )


def decode_cursor(text: str) -> Position:
    """Back from the text. Problem 400 for anything encode_cursor did not make."""
    try:
        if len(text) > _MAX_CURSOR:
            raise ValueError("too long")
        padded = text + "=" * (-len(text) % 4)
        milliseconds, number, id_ = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        numbered = number is None or (type(number) is int and 0 <= number <= _MAX_NUMBER)
        if type(milliseconds) is not int or not numbered or type(id_) is not str:
            raise ValueError("not a position")
        return Position(_EPOCH + timedelta(milliseconds=milliseconds), number, id_)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise Problem(
            400,
            "invalid-cursor",
            "This is not a cursor of ours.",
            "Take `next` of the page before as it is, or leave `cursor` out to begin at the first page.",
        ) from error


class CursorField(fields.Field[Position]):
    """`cursor` in a query; garbage is a Problem of its own rather than one wrong field among others."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Position:
        return decode_cursor(str(value))


class PageQuery(Schema):
    """The query of every list."""

    cursor = CursorField(load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MAX_LIMIT),
        metadata={"description": f"Entries per page, at most {MAX_LIMIT}."},
    )


def page_wanted(query: Mapping[str, Any]) -> Page:
    """The page that a loaded PageQuery or TimelineQuery asks for."""
    return Page(query["cursor"], query["limit"], query.get("order") != "oldest")


class TimelineQuery(PageQuery):
    """The query of lists in the order of time."""

    order = fields.String(
        load_default="oldest",
        validate=validate.OneOf(("oldest", "newest")),
        metadata={"description": "Which end comes first."},
    )


@cache
def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of a page with these items."""
    name = item.__name__.removesuffix("Schema")
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Cursor of the next page; null when this is the last."},
            ),
        },
        name=f"{name}Page",
    )


def cut(found: Sequence[T], limit: int, position: Callable[[T], Position]) -> tuple[list[T], str | None]:
    """A page out of `limit` + 1 found entries: those to show, and the cursor when there are more."""
    shown = list(found[:limit])
    more = len(found) > limit
    return shown, encode_cursor(position(shown[-1])) if more else None
