"""Cursors of lists of tickets: the order they belong to, and where in it the next page begins."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from services.ticket_service.api.pages import CursorField
from services.ticket_service.store.ticket_order import NUMBER, ORDERS, TicketOrder, TicketPosition
from shared.web.problems import Problem

_MAX_CURSOR: Final = 4_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def encode(order: TicketOrder, position: TicketPosition) -> str:
    """The position as opaque text."""
    value = position.value
    plain = value if isinstance(value, str) else (value - _EPOCH) // _MILLISECOND
    text = orjson.dumps([order.name, position.segment, plain, position.id])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def decode(text: str) -> tuple[str, TicketPosition]:
    """Back from the text, with the name of the order. Problem 400 for anything `encode` did not make."""
    try:
        if len(text) > _MAX_CURSOR:
            raise ValueError("too long")
        padded = text + "=" * (-len(text) % 4)
        order, segment, plain, id_ = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not all(type(each) is str for each in (order, segment, id_)):
            raise ValueError("not a position")
        return order, TicketPosition(segment, _value(order, plain), id_)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise refused() from error


def refused() -> Problem:
    """400: not a cursor of this list."""
    return Problem(
        400,
        "invalid-cursor",
        "This is not a cursor of this list.",
        "Take `next` of the page before as it is and keep `sort`, or leave `cursor` out to begin again.",
    )


class TicketCursorField(CursorField):
    """`cursor` in the query of a list of tickets."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return decode(str(value))


def _value(order: str, plain: Any) -> datetime | str:
    by = order.removeprefix("-")
    wanted = str if by == NUMBER else int
    if by not in ORDERS or type(plain) is not wanted:
        raise ValueError("not a position")
    return plain if isinstance(plain, str) else _EPOCH + timedelta(milliseconds=plain)
