"""The content of a file as an answer: streamed, harmless to browsers, in parts where players want it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from flask import Request, Response

from services.ticket_service.acting import WrongState
from services.ticket_service.api.filenames import disposition, safe_inline, shown_name
from services.ticket_service.api.problems import not_found
from services.ticket_service.domain.attachment import STORED, Attachment
from shared.blobs.store import BlobMissing, BlobStore
from shared.web.problems import Problem

POLICY: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""Whatever the file is: opened as a page it may load nothing, run nothing, and has an origin of its own."""


def content_of(attachment: Attachment, blobs: BlobStore, req: Request) -> Response:
    """The whole content, or the one part that is asked for. WrongState, Problem 404 or 416."""
    if attachment.blob_id is None or attachment.state != STORED:
        raise WrongState("file", attachment.state, STORED)
    with ExitStack() as stack:
        try:
            blob, pieces = stack.enter_context(blobs.open(attachment.blob_id))
        except BlobMissing:
            raise not_found("file in the store") from None
        part = _part_wanted(req, blob.size, attachment.sha256)
        begin, end = part or (0, blob.size)
        response = Response(_between(pieces, begin, end), 206 if part else 200, direct_passthrough=True)
        response.headers.update(_headers(attachment))
        response.headers["Content-Length"] = str(end - begin)
        if part:
            response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{blob.size}"
        response.call_on_close(stack.pop_all().close)
    return response


def _headers(attachment: Attachment) -> dict[str, str]:
    name = shown_name(attachment.filename)
    return {
        "Content-Type": attachment.mime_type or "application/octet-stream",
        "Content-Disposition": disposition(name, inline=safe_inline(attachment.mime_type)),
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "bytes",
        "ETag": f'"{attachment.sha256}"',
    }


def _part_wanted(req: Request, size: int, sha256: str) -> tuple[int, int] | None:
    """First byte and the one after the last; None for everything, as also for several parts at once."""
    wanted = req.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if "If-Range" in req.headers and req.if_range.etag != sha256:
        return None
    part = wanted.range_for_length(size)
    if part is None:
        headers = {"Content-Range": f"bytes */{size}"}
        raise Problem(416, "no-such-range", f"The file has {size} bytes.", headers=headers)
    return part


def _between(pieces: Iterator[bytes], begin: int, end: int) -> Iterator[bytes]:
    position = 0
    for piece in pieces:
        if position >= end:
            return
        cut = piece[max(0, begin - position) : end - position]
        position += len(piece)
        if cut:
            yield cut
