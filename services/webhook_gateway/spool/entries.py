"""What a spool file holds: one line for each message, checksummed, and readable without this code.

    sportello-spool 1 2
    1c291ca3 118 {"at":1740691293000000000,"exchange":"…","routing_key":"…","body":"{…}"}
    8e0f6f4b 97 {"at":1740691293000000000,"exchange":"…","routing_key":"…","base64":"…"}

First the version and the number of messages; then each one's CRC-32 and length (bytes), and the message as
JSON. `tail -n +2 FILE | cut -d' ' -f3- | jq -r .body` shows the bodies.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import orjson

from shared.messaging.message import Outgoing

_TITLE: Final = b"sportello-spool 1 "


class Entry(NamedTuple):
    """One message and when its request came (ns since 1970)."""

    at: int
    message: Outgoing


class Content(NamedTuple):
    """What a file holds: every message that is whole, and whether anything else was there or is missing."""

    entries: list[Entry]
    damaged: bool


def encode_entry(entry: Entry) -> bytes:
    """One message as a line."""
    message = entry.message
    document: dict[str, object] = {
        "at": entry.at,
        "exchange": message.exchange,
        "routing_key": message.routing_key,
    }
    try:
        document["body"] = message.body.decode()
    except UnicodeDecodeError:
        document["base64"] = base64.b64encode(message.body).decode()
    text = orjson.dumps(document)
    return b"%08x %d %s\n" % (zlib.crc32(text), len(text), text)


def encode_file(lines: Sequence[bytes]) -> bytes:
    """Lines as a file."""
    return b"%s%d\n%s" % (_TITLE, len(lines), b"".join(lines))


def decode_file(content: bytes) -> Content:
    """The messages of a file; never fails. A damaged line costs itself alone: JSON has no line breaks."""
    title, *lines = content.split(b"\n")
    last = lines.pop() if lines else b"cut short"
    read = [_decode_entry(line) for line in lines]
    entries = [entry for entry in read if entry is not None]
    whole = title == b"%s%d" % (_TITLE, len(entries)) and len(entries) == len(lines) and last == b""
    return Content(entries, not whole)


def _decode_entry(line: bytes) -> Entry | None:
    checksum, _, rest = line.partition(b" ")
    length, _, text = rest.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text) or length != b"%d" % len(text):
        return None
    try:
        document = orjson.loads(text)
        if "base64" in document:
            body = base64.b64decode(document["base64"], validate=True)
        else:
            body = document["body"].encode()
        return Entry(int(document["at"]), Outgoing(document["exchange"], document["routing_key"], body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
