"""The file of a form, piece by piece as it arrives: on no disk, and never whole in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, File, MultipartDecoder, NeedData

from services.webhook_gateway.channels.webchat.bodies import invalid, too_large
from shared.web.problems import Problem

FIELD: Final = "file"
_AROUND: Final = 16 * 1024
"""Bytes of the form around the file."""
_PIECE: Final = 1 << 16
_HELD: Final = 1 << 18
"""Bytes the decoder may hold back while it looks for the end of a part."""
_MOST_PARTS: Final = 10


class SentFile(NamedTuple):
    """What the browser calls the file, what it says the type is, and the content, to be read once."""

    name: str
    type: str
    content: Iterator[bytes]


def sent_file(limit: int) -> SentFile:
    """The file of this request's form, of at most `limit` bytes. Problem 400, 413, 415, 422, also later."""
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "unsupported-media-type", "Unknown format", "Send multipart/form-data.")
    events = _events(limit)
    for event in events:
        if isinstance(event, File) and event.name == FIELD:
            declared = parse_options_header(event.headers.get("Content-Type", ""))[0].lower()
            return SentFile(event.filename, declared, _content(events))
    raise invalid({FIELD: [f"Send one file in the field named {FIELD}."]})


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            if event.data:
                yield event.data
            if not event.more_data:
                return


def _events(limit: int) -> Iterator[Event]:
    request.max_content_length = limit + _AROUND
    boundary = request.mimetype_params.get("boundary", "").encode("utf-8", "replace")
    decoder = MultipartDecoder(boundary, _HELD, max_parts=_MOST_PARTS)
    try:
        going_on = bool(boundary)
        while going_on:
            piece = request.stream.read(_PIECE)
            decoder.receive_data(piece or None)
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                yield event
            going_on = bool(piece)
    except RequestEntityTooLarge:
        raise too_large(limit) from None
    except (ValueError, OSError):
        # ValueError is the decoder's word for a form that ends in the middle, or is none.
        raise Problem(400, "unreadable", "Unreadable", "The form could not be read to its end.") from None
