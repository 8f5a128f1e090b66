"""What a visitor's file is, by its first bytes; nothing is taken that a browser or a system runs."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from shared.blobs.content_type import UNKNOWN, true_type

_RUN: Final = (
    b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\x4c\x00\x00\x00\x01\x14\x02\x00", b"dex\n", b"\x00asm",
)  # fmt: skip
"""Windows, Linux, scripts, Java and fat Mach-O, Mach-O, a Windows link, Android, WebAssembly."""
_MARKUP: Final = re.compile(
    rb"<\s*(!doctype|\?xml|\?php|!--|html|head|body|script|svg|iframe|img|object|embed|style|link|meta|table|a\s|div|p>)",
    re.IGNORECASE,
)
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPPED: Final = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
_EXCEL: Final = "application/vnd.ms-excel"
_CSV: Final = "text/csv"
"""What Windows with Excel on it says of such files is _EXCEL."""
_OLDER_OFFICE: Final = ("application/msword", _EXCEL, "application/vnd.ms-powerpoint")
_TEXTS: Final = ("text/plain", _CSV)
_FAMILIES: Final = ("image", "audio", "video")
_NEVER: Final = re.compile(r"image/svg|.*(html|xml|script|java|x-msdownload|x-sh\b)")


class TypeRefused(Exception):
    """Not one of the types the chat takes, or not what it is said to be."""


def taken_type(declared: str, beginning: bytes, allowed: Collection[str]) -> str:
    """The type to keep the file under, without parameters. TypeRefused.

    What is said of text and of office documents is believed only as far as the bytes bear it out.
    """
    if beginning.startswith(_RUN):
        raise TypeRefused
    if declared == _EXCEL and not beginning.startswith(_OLE):
        declared = _CSV
    found = _found(declared, beginning, allowed)
    if found == UNKNOWN or not _bears_out(found, beginning):
        raise TypeRefused
    is_office = found.startswith(_ZIPPED)
    if not is_office and _NEVER.match(found):
        raise TypeRefused
    if not _is_among(allowed, found):
        raise TypeRefused
    return found


def _found(declared: str, beginning: bytes, allowed: Collection[str]) -> str:
    """Pictures, recordings and PDFs are what they are, whatever is said; the rest is what it says it is."""
    seen = true_type("", beginning)
    plain = seen.partition("/")[0] in _FAMILIES or seen == "application/pdf"
    if plain and declared.partition("/")[0] not in _FAMILIES and _is_among(allowed, seen):
        return seen
    return true_type("" if declared == UNKNOWN else declared, beginning).partition(";")[0].strip()


def _is_among(allowed: Collection[str], mime_type: str) -> bool:
    return mime_type in allowed or f"{mime_type.partition('/')[0]}/*" in allowed


def kind_of(mime_type: str) -> str:
    """What a message with it is called: `image`, `audio`, `video`, else `document`."""
    family = mime_type.partition("/")[0]
    return family if family in _FAMILIES else "document"


def _bears_out(found: str, beginning: bytes) -> bool:
    if found.startswith(_ZIPPED):
        return beginning.startswith(_ZIP)
    if found in _OLDER_OFFICE:
        return beginning.startswith(_OLE)
    if found.startswith("text/"):
        return found in _TEXTS and _is_text(beginning)
    if found.partition("/")[0] in _FAMILIES or found == "application/pdf":
        return True  # recognised by their own first bytes already
    return not _looks_like_markup(beginning)


def _is_text(beginning: bytes) -> bool:
    """Text in UTF-8 or an older code, and no page: browsers have guessed wrong before."""
    if beginning.startswith(_BYTE_ORDER_MARKS[1:]):
        return not _looks_like_markup(beginning.replace(b"\0", b""))
    return b"\0" not in beginning and not _looks_like_markup(beginning)


def _looks_like_markup(beginning: bytes) -> bool:
    """As browsers guess: a tag of a page at the very beginning (WHATWG, MIME Sniffing, 7.1)."""
    for mark in _BYTE_ORDER_MARKS:
        beginning = beginning.removeprefix(mark)
    return _MARKUP.match(beginning.lstrip(b"\t\n\x0c\r ")) is not None
