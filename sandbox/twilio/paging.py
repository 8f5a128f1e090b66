"""Pages as Twilio cuts them: PageSize and Page in the query, and the addresses of the neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from flask import request

from sandbox.twilio.errors import TwilioError

_DEFAULT_SIZE = 50
_MAX_SIZE = 1000
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its number from 0, its size, and the addresses of itself and of its neighbours."""

    number: int
    size: int
    url: str
    first_url: str
    previous_url: str | None
    next_url: str | None


def page_of(items: Sequence[_Item], url: str) -> tuple[Sequence[_Item], Page]:
    """The items that the current request asks for; `url` is the list's address without a query.

    Raises TwilioError 20001 for a page that cannot be.
    """
    number = _number("Page", 0, 0, 1_000_000)
    size = _number("PageSize", _DEFAULT_SIZE, 1, _MAX_SIZE)
    start = number * size
    page = Page(
        number=number,
        size=size,
        url=_address(url, number, size),
        first_url=_address(url, 0, size),
        previous_url=_address(url, number - 1, size) if number else None,
        next_url=_address(url, number + 1, size) if start + size < len(items) else None,
    )
    return items[start : start + size], page


def _address(url: str, number: int, size: int) -> str:
    kept = [(k, v) for k, v in request.args.items(multi=True) if k not in ("Page", "PageSize", "PageToken")]
    return f"{url}?{urlencode([*kept, ('PageSize', size), ('Page', number)])}"


def _number(name: str, default: int, least: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise TwilioError(20001, f"{name} must be a number between {least} and {most}")
    return int(text[:9])
