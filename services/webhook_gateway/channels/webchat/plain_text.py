"""What strangers type as plain text: without what is no letter, and without what makes letters lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from marshmallow import fields

from shared.contracts.times import parse_utc

# Controls but tab and line feed, the overrides and isolates of writing direction (a name or a file's ending
# can be made to read as another with them: Unicode TR 36, 3.1), halves of letters, and what is no character.
_NOT_TEXT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES: Final = re.compile(r"\s+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}\Z")
_TIME_ZONE: Final = re.compile(r"[A-Za-z0-9_+/-]{1,60}\Z")
_LONGEST_ADDRESS: Final = 2_000


def clean(text: str) -> str:
    """The text with line feeds for all ends of lines, and nothing in it but text. Markup is text."""
    return _NOT_TEXT.sub("", _LINE_ENDS.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    """The same, on one line: names, titles, labels."""
    return _SPACES.sub(" ", clean(text))


def web_address(text: str) -> str:
    """A page's address without a user's name and without what is behind #; empty for any other address."""
    text = clean(text)
    if len(text) > _LONGEST_ADDRESS or " " in text or "\n" in text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


class Text(fields.String):
    """Text of several lines, cleaned before it is measured. `cut`: what is longer is cut off, not refused."""

    def __init__(self, *, cut: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._cut = cut

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = self._cleaned(super()._deserialize(value, attr, data, **kwargs))
        return text if self._cut is None else text[: self._cut]

    def _cleaned(self, text: str) -> str:
        return clean(text)


class Line(Text):
    """Text on one line."""

    def _cleaned(self, text: str) -> str:
        return clean_line(text)


class PageAddress(Text):
    """The address of a page; empty when it is none: an odd one must not cost its visitor the chat."""

    def _cleaned(self, text: str) -> str:
        return web_address(text)


class Language(Text):
    """A browser's language; empty when it is none."""

    def _cleaned(self, text: str) -> str:
        return text if len(text) <= 20 and _LANGUAGE.match(text) else ""


class TimeZone(Text):
    """The name of a time zone; empty when it cannot be one."""

    def _cleaned(self, text: str) -> str:
        return text if _TIME_ZONE.match(text) else ""


class Moment(fields.Field[datetime | None]):
    """A time by the visitor's clock; None when it is not one."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | None:
        try:
            return parse_utc(value) if isinstance(value, str) else None
        except ValueError:
            return None
