"""The headers of a mail or of one of its parts: found in bytes that may be anything, decoded."""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.mail_collector.channels.email.charsets import clean_text, decoded

MAX_LINE: Final = 20_000
"""Bytes of one header that are read, its continuation lines included."""
MAX_FIELDS: Final = 1_000
MAX_BLOCK: Final = 300_000

_BLANK_LINES: Final = (b"\n\r\n", b"\n\n", b"\n\r\r\n")
_NAME: Final = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,100})[ \t]*:")
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")
_SPACES: Final = re.compile(r"\s+")
_DIRECTIONS: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True)
class Headers:
    """Names in lower case with their values, still as the mail has them (unfolded, encoded words in them)."""

    fields: tuple[tuple[str, str], ...] = field(default=())

    def first(self, name: str) -> str:
        """The value of the first header of this name; empty when there is none."""
        return next((value for each, value in self.fields if each == name), "")

    def every(self, name: str) -> list[str]:
        """The values of all headers of this name, in their order."""
        return [value for each, value in self.fields if each == name]

    def __contains__(self, name: str) -> bool:
        """Whether there is one."""
        return any(each == name for each, _ in self.fields)


def read_headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The headers of the region, and where its body begins.

    They end at the first blank line, or where something stands that is no header and is followed by none. A
    line that lost its indentation belongs to the header before it. At most MAX_FIELDS are read.
    """
    if raw.startswith(codecs.BOM_UTF8, start, end):
        start += len(codecs.BOM_UTF8)
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return Headers(), start + (1 if raw[start : start + 1] == b"\n" else 2)
    block_end, body = _block(raw, start, end)
    found: list[list[bytes]] = []
    for position, line, following in _lines(raw, start, min(block_end, start + MAX_BLOCK)):
        named = _NAME.match(line)
        if named:
            if len(found) == MAX_FIELDS:
                break
            found.append([named[1], line[named.end() :]])
        elif line[:1] in b" \t" or not line or (found and _NAME.match(following)):
            if found:
                found[-1].append(b" " + line.strip())
        elif not (position == start and line[:5].lstrip(b">").startswith(b"From")):
            body = position
            break
    return Headers(tuple((pieces[0].decode("ascii").lower(), _value(pieces[1:])) for pieces in found)), body


def _block(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the headers end and the body begins, by the first blank line. (Searching for plain bytes is the
    only way that is fast enough on a line of 40 MB.)"""
    block_end, body = end, end
    for blank in _BLANK_LINES if raw.find(b"\n", start, min(end, start + MAX_BLOCK)) >= 0 else (b"\r\r",):
        at = raw.find(blank, start, min(end, block_end + len(blank)))
        if 0 <= at < block_end:
            block_end, body = at, at + len(blank)
    return block_end, body


def _lines(raw: bytes, start: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Where each line begins, the line, and the one behind it (to see whether headers go on)."""
    block = raw[start:end]
    lines = block.split(b"\n" if b"\n" in block else b"\r")
    position = start
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else b""
        yield position, line.rstrip(b"\r"), following
        position += len(line) + 1


def _value(pieces: list[bytes]) -> str:
    """One header's value as text: UTF-8 as RFC 6532 has it, or whatever it is."""
    return decoded(b"".join(pieces)[:MAX_LINE]).replace("\n", " ").strip()


def words(value: str) -> str:
    """A header's value for people: encoded words (RFC 2047) decoded, also where they are not allowed.

    Neighbours in one charset are decoded together, for senders cut inside of characters.
    """
    if "=?" not in value:
        return value
    pieces: list[str] = []
    waiting, charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        named = match[1].partition("*")[0].lower()
        if waiting and (between.strip() or named != charset):
            pieces.append(decoded(waiting, charset))
            waiting = b""
        if between.strip() or (between and not end):
            pieces.append(between)
        charset, end = named, match.end()
        waiting += _word_bytes(match[2], match[3])
    pieces += [decoded(waiting, charset) if waiting else "", value[end:]]
    return "".join(pieces)


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def one_line(value: str, most: int) -> str:
    """Text for one line on a page: no line breaks, no marks that turn the direction of writing around."""
    return _SPACES.sub(" ", _DIRECTIONS.sub("", clean_text(value))).strip()[:most].rstrip()


def shown(value: str, most: int) -> str:
    """A header's value, decoded, as one line of at most `most` characters."""
    return one_line(words(value), most)
