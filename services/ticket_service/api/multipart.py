"""One file and a few short fields off a multipart body, passed on piece by piece: never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, Generic, TypeVar

from flask import Request
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from services.ticket_service.api.problems import invalid
from shared.blobs.content_type import LOOKED_AT
from shared.web.problems import Problem

T = TypeVar("T")

FILE: Final = "file"
OVERHEAD: Final = 64 * 1024
"""What boundaries, headers and fields may add to the file's own size."""
_PIECE: Final = 64 * 1024
_LONGEST_FIELD: Final = 1_000
_LONGEST_BOUNDARY: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """The file as the client declares it, which is not to be believed, and its first bytes."""

    filename: str
    mime_type: str
    beginning: bytes


@dataclass(frozen=True, slots=True)
class Received(Generic[T]):
    """The file's part, what `take` made of its content, and the other fields."""

    part: Part
    taken: T
    fields: dict[str, str]


class Upload(Generic[T]):
    """A request that brings exactly one file; `taken` is there as soon as the file has passed."""

    def __init__(
        self, req: Request, max_bytes: int, fields: set[str], take: Callable[[Part, Iterator[bytes]], T]
    ) -> None:
        """`fields` may accompany the file; `take` consumes its content.

        Problem 400, 413 or 415 by the headers.
        """
        if req.mimetype != "multipart/form-data":
            raise Problem(415, "unsupported-media-type", "Send multipart/form-data.")
        boundary = req.mimetype_params.get("boundary", "")
        if not boundary.isascii() or not 0 < len(boundary) <= _LONGEST_BOUNDARY:
            raise _malformed("The content type names no boundary.")
        if req.content_length is not None and req.content_length > max_bytes + OVERHEAD:
            raise too_large(max_bytes)
        req.max_content_length = max_bytes + OVERHEAD
        self._stream = req.stream
        self._decoder = MultipartDecoder(boundary.encode())
        self._allowed = fields
        self._take = take
        self.taken: T | None = None

    def receive(self) -> Received[T]:
        """Read to the end. Problem 400, 413 or 422; whatever `take` raises passes through."""
        part: Part | None = None
        found: dict[str, str] = {}
        for event in self._events():
            if isinstance(event, File):
                part = self._file(event, already=part)
            elif isinstance(event, Field):
                found[self._name(event, found)] = self._value(event.name)
        if part is None or self.taken is None:
            raise invalid([(FILE, "There is no file. Send one as the field `file`.")])
        return Received(part, self.taken, found)

    def _file(self, event: File, already: Part | None) -> Part:
        if event.name != FILE:
            raise invalid([(str(event.name)[:100], f"Send the file as the field `{FILE}`.")])
        if already is not None:
            raise invalid([(FILE, "Send one file at a time.")])
        pieces = self._content()
        beginning = bytearray()
        for piece in pieces:
            beginning += piece
            if len(beginning) >= LOOKED_AT:
                break
        if not beginning:
            raise invalid([(FILE, "The file is empty." if event.filename else "Choose a file.")])
        part = Part(event.filename, event.headers.get("content-type", ""), bytes(beginning[:LOOKED_AT]))
        self.taken = self._take(part, chain([bytes(beginning)], pieces))
        return part

    def _name(self, event: Field, found: dict[str, str]) -> str:
        if event.name == FILE:
            raise invalid([(FILE, "This is a text. Send a file, with its name.")])
        if event.name not in self._allowed:
            raise invalid([(str(event.name)[:100], "Unknown field.")])
        if event.name in found:
            raise invalid([(event.name, "Given twice.")])
        return event.name

    def _value(self, name: str) -> str:
        value = bytearray()
        for piece in self._content():
            value += piece
            if len(value) > _LONGEST_FIELD:
                raise invalid([(name, "Too long.")])
        try:
            text = value.decode()
        except UnicodeDecodeError:
            raise invalid([(name, "Not UTF-8.")]) from None
        if "\0" in text:
            raise invalid([(name, "NUL characters are not accepted.")])
        return text

    def _content(self) -> Iterator[bytes]:
        """The content of the part whose header came last, without empty pieces."""
        while True:
            event = self._next()
            if not isinstance(event, Data):
                raise _malformed("A part ends before it began.")
            if event.data:
                yield event.data
            if not event.more_data:
                return

    def _events(self) -> Iterator[Event]:
        while True:
            event = self._next()
            if isinstance(event, Epilogue):
                return
            yield event

    def _next(self) -> Event:
        while True:
            try:
                event = self._decoder.next_event()
            except ValueError as error:
                raise _malformed("The body is not multipart/form-data, or it was cut off.") from error
            if not isinstance(event, NeedData):
                return event
            self._decoder.receive_data(self._stream.read(_PIECE) or None)
            if len(self._decoder.buffer) > 2 * _PIECE + OVERHEAD:
                raise _malformed("The headers of a part are too long.")


def too_large(max_bytes: int) -> Problem:
    """413 that says how large a file may be."""
    return Problem(
        413,
        "file-too-large",
        "The file is too large.",
        f"At most {max_bytes // 2**20} MiB are taken.",
        max_bytes=max_bytes,
    )


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed-multipart", "The upload could not be read.", detail)
