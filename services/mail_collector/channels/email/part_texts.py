"""Reads the headers and texts of a parsed mail, whatever state they are in."""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

MAX_PARTS: Final = 500
_LONGEST_HEADER: Final = 8_000


def header(message: Message, name: str) -> str:
    """Return a header decoded on one line, at most 8,000 characters; "" when it is missing."""
    named = (value for key, value in message.raw_items() if key.lower() == name.lower())
    raw = str(next(named, ""))[:_LONGEST_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        decoded = str(make_header(decode_header(raw))) if "=?" in raw else raw
    except (HeaderParseError, LookupError, ValueError):
        decoded = raw
    return one_line(decoded, _LONGEST_HEADER)


def one_line(text: str, longest: int) -> str:
    """Return the text without line breaks, runs of blanks, characters that are no text; cut to `longest`."""
    clean = text[: 4 * longest].encode("utf-8", "replace").decode().replace("\x00", " ")
    return " ".join(clean.split())[:longest]


def parts_outside_mails(message: Message) -> Iterator[Message]:
    """Yield the mail and its parts, at most 500, not going into attached mails and delivery reports."""
    waiting = [message]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting.extend(child for child in reversed(payload) if isinstance(child, Message))


def text_of(part: Message) -> str:
    """Return the text of a part that has no parts of its own; what cannot be decoded is replaced."""
    if part.is_multipart():
        return ""
    content = bytes_of(part)
    charset = part.get_content_charset() or "utf-8"
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def bytes_of(part: Message) -> bytes:
    """Return the decoded content of a part that has no parts of its own."""
    try:
        content = part.get_payload(decode=True)
    except (LookupError, ValueError):
        content = None
    return content if isinstance(content, bytes) else b""
