"""A mail's parts as Python's own kind of message, for those who look into reports and certified mail."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from typing import Final

from services.mail_collector.channels.email.parts import Part, take_apart

MAX_LEAF: Final = 300_000
"""Bytes of one part that are kept: reports and certificates are small, other files do not matter."""
MAX_PARTS: Final = 60
MAX_NESTED: Final = 3
_MAX_HEADERS: Final = 100_000
_ASCII: Final = bytes(range(128)) + b"?" * 128
"""Python gives headers with other bytes in a form that few expect."""


def as_message(root: Part) -> Message:
    """The mail with its first MAX_PARTS parts, large ones cut; mails inside of it opened MAX_NESTED deep."""
    return _message(root, [MAX_PARTS], MAX_NESTED)


def _message(part: Part, room: list[int], nested: int) -> Message:
    room[0] -= 1
    raw_headers = part.raw[part.begin : min(part.start, part.begin + _MAX_HEADERS)].translate(_ASCII)
    body = part.raw[part.start : min(part.end, part.start + MAX_LEAF)]
    if part.parts:
        message = _headers_only(raw_headers)
        message.set_payload(
            [_message(each, room, nested) for each in part.parts[: max(room[0], 0)] if room[0] > 0]
        )
        return message
    if part.content_type.startswith("message/") and part.content_type != "message/delivery-status":
        message = _headers_only(raw_headers)
        if nested and room[0] > 0:
            message.set_payload([_message(take_apart(part.body().data, []), room, nested - 1)])
        return message
    if part.content_type.startswith("multipart/"):
        return _headers_only(raw_headers)
    return message_from_bytes(raw_headers + body)


def _headers_only(raw_headers: bytes) -> Message:
    """Its body is never read: a type that promises parts would be searched for them."""
    return message_from_bytes(raw_headers.rstrip(b"\r\n") + b"\r\n\r\n")
