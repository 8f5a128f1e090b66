"""A mail taken apart: its MIME parts as regions of the bytes, in linear time and within limits.

Python's parser needs 400 MB and a second for a mail of 40 MB, and fails at 1,000 nested parts (as do the
libraries that stand on it), so the regions are found here; what is inside of them is other modules' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.mail_collector.channels.email.headers import Headers, read_headers
from services.mail_collector.channels.email.parameters import Value, parsed_value
from services.mail_collector.channels.email.transfer import Transferred, transferred

MAX_PARTS: Final = 500
MAX_DEPTH: Final = 50
MAX_SEARCHED: Final = 500_000_000
"""Bytes: each multipart is searched anew inside of the one around it."""
MAX_MISSES: Final = 10_000
"""Lines that begin like a delimiter and are none, until no more are looked for."""

_BOUNDARY_LINE: Final = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=[A-Za-z-]{1,50}:|\r?\n)", re.M)
_SEARCHED: Final = 64_000
_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}\Z")


@dataclass(slots=True)
class Part:
    """One part: `raw[begin:start]` are its headers, `raw[start:end]` is its body as transferred; `parts` are
    inside of a multipart."""

    raw: bytes = field(repr=False)
    headers: Headers
    begin: int
    start: int
    end: int
    content_type: str
    type_value: Value
    disposition: Value
    depth: int
    parts: list[Part] = field(default_factory=list)

    def body(self) -> Transferred:
        """The bytes it stands for."""
        return transferred(
            memoryview(self.raw)[self.start : self.end], self.headers.first("content-transfer-encoding")
        )

    @property
    def charset(self) -> str:
        """As the part names it; empty when it does not."""
        return self.type_value.parameter("charset")

    @property
    def filename(self) -> str:
        """As the part names it, not cleaned."""
        return self.disposition.parameter("filename") or self.type_value.parameter("name")

    @property
    def content_id(self) -> str:
        """What `cid:` addresses name it by."""
        return self.headers.first("content-id").strip(" \t<>")

    def walk(self) -> Iterator[Part]:
        """The part and all inside of it, in their order."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True)
class Cutting:
    """How many parts there are by now, how many bytes were searched for more, what was left out, in words."""

    count: int = 0
    searched: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Say it once."""
        if text not in self.notes:
            self.notes.append(text)


def take_apart(raw: bytes, notes: list[str]) -> Part:
    """The mail's tree of parts; never raises. What was left out is said in `notes`.

    A multipart without its boundary is searched for one; when there is none, it is text. What is nested
    deeper than MAX_DEPTH stays one piece, and after MAX_PARTS no more are told apart.
    """
    return _part(raw, 0, len(raw), 0, "text/plain", Cutting(notes=notes))


def _part(raw: bytes, start: int, end: int, depth: int, default: str, cutting: Cutting) -> Part:
    cutting.count += 1
    headers, body = read_headers(raw, start, end)
    type_value = parsed_value(headers.first("content-type"))
    content_type = type_value.value if _TYPE.match(type_value.value) else default
    disposition = parsed_value(headers.first("content-disposition"))
    part = Part(raw, headers, start, body, end, content_type, type_value, disposition, depth)
    if not content_type.startswith("multipart/"):
        return part
    cutting.searched += end - body
    if depth == MAX_DEPTH or cutting.searched > MAX_SEARCHED:
        cutting.note("The mail has parts inside of parts more than 50 deep; the deepest are not shown.")
        return part
    inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    for first, last in _regions(raw, part, cutting):
        if cutting.count >= MAX_PARTS:
            cutting.note(f"The mail has more than {MAX_PARTS} parts; the others are not shown.")
            break
        part.parts.append(_part(raw, first, last, depth + 1, inner, cutting))
    if not part.parts:
        part.content_type = "text/plain"
    return part


def _regions(raw: bytes, part: Part, cutting: Cutting) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart begin and end (RFC 2046, section 5.1.1)."""
    boundary = part.type_value.parameter("boundary").encode("utf-8", "replace").rstrip()
    delimiters = _delimiters(raw, part.start, part.end, boundary) if boundary else iter(())
    opened = next(delimiters, None)
    if opened is None:
        guessed = _BOUNDARY_LINE.search(raw, part.start, min(part.end, part.start + _SEARCHED))
        if guessed is None:
            return
        cutting.note("The mail is damaged: its parts are not marked as it says. They were found by guessing.")
        delimiters = _delimiters(raw, part.start, part.end, guessed[1])
        opened = next(delimiters, None)
    while opened is not None and not opened[2]:
        following = next(delimiters, None)
        yield opened[1], following[0] if following else part.end
        opened = following


def _delimiters(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where what is before it ends, where what follows begins, is it the last."""
    mark = b"--" + boundary
    at = raw.find(mark, start, end)
    misses = 0
    while at >= 0 and misses < MAX_MISSES:
        misses += 1
        behind = at + len(mark)
        if at == start or raw[at - 1] in b"\r\n":
            closes = raw[behind : behind + 2] == b"--"
            line_end = _line_end(raw, behind + (2 if closes else 0), end)
            if line_end is not None:
                before = at - 1 if at > start else at
                before -= 1 if before > start and raw[before - 1 : before + 1] == b"\r\n" else 0
                yield before, line_end, closes
                misses = 0
                if closes:
                    return
        at = raw.find(mark, behind, end)


def _line_end(raw: bytes, at: int, end: int) -> int | None:
    """Where the next line begins, when nothing but blanks is left on this one."""
    while at < end and raw[at] in b" \t":
        at += 1
    if at >= end:
        return end
    if raw[at : at + 2] == b"\r\n":
        return at + 2
    return at + 1 if raw[at] in b"\r\n" else None
