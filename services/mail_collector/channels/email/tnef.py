"""What Outlook packs into `winmail.dat`: the files and the text that are in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tnefparse import TNEF

from services.mail_collector.channels.email.charsets import decoded

MAX_BYTES: Final = 30_000_000
MAX_OBJECTS: Final = 2_000
_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_HEADER: Final = 6
_AROUND: Final = 11
"""Bytes of an object besides its data: level, name, type, length, checksum (MS-OXTNEF, 2.1.3)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Text and HTML are empty when there are none; `files` are names with contents."""

    text: str
    html: str
    files: list[tuple[str, bytes]]


def is_tnef(data: bytes) -> bool:
    """Whether these bytes begin like such a file."""
    return data.startswith(_SIGNATURE)


def unpacked(data: bytes) -> Packed:
    """The contents. ValueError, and whatever the library raises, when it is damaged or too large."""
    if len(data) > MAX_BYTES or _objects(data) > MAX_OBJECTS:
        raise ValueError("too large")
    tnef = TNEF(data, do_checksum=False)
    files = [(_name(attachment), bytes(attachment.data)) for attachment in tnef.attachments]
    return Packed(_text(tnef.body), _text(tnef.htmlbody), [(name, each) for name, each in files if each])


def _objects(data: bytes) -> int:
    """How many objects there are: the library needs quadratic time for many."""
    count, at = 0, _HEADER
    while at + _AROUND < len(data) and count <= MAX_OBJECTS:
        at += int.from_bytes(data[at + 5 : at + 9], "little") + _AROUND
        count += 1
    return count


def _name(attachment: Any) -> str:
    name = attachment.long_filename()
    return decoded(name).strip("\x00") if isinstance(name, bytes) else str(name).strip("\x00")


def _text(body: Any) -> str:
    if isinstance(body, list | tuple):
        body = body[0] if body else ""
    return decoded(body).strip("\x00") if isinstance(body, bytes) else str(body or "").strip("\x00")
