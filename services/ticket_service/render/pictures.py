"""Small pictures of files, drawn when first asked for and kept beside the file."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from services.ticket_service.domain.attachment import STORED, Attachment
from services.ticket_service.domain.thumbnail import LARGEST_SOURCE, PIXELS, has_picture, picture_id
from services.ticket_service.render import confined
from shared.blobs.store import BlobMissing, BlobStore

PROGRAM: Final = "services.ticket_service.render.drawing"
SECONDS: Final = 15.0
WEBP: Final = "image/webp"
_NONE: Final = "application/x-no-picture"
_LARGEST: Final = 4 * 2**20


def picture(attachment: Attachment, size: str, blobs: BlobStore) -> bytes | None:
    """The picture of a file (`size` as in domain.thumbnail.PIXELS) as WebP; None where there can be none.

    That there is none is kept as well. Busy, Unavailable.
    """
    blob_id = attachment.blob_id
    if blob_id is None or attachment.state != STORED or not has_picture(attachment):
        return None
    kept = _kept(picture_id(blob_id, size), blobs)
    if kept is None:
        kept = _draw(attachment, blob_id, size, blobs)
    mime_type, content = kept
    return content if mime_type == WEBP else None


def drawn(content: bytes, mime_type: str, size: str) -> bytes:
    """A picture (WebP) of these bytes; of a PDF its first page. NotPossible, Busy, NotInstalled."""
    return confined.run(PROGRAM, f"{mime_type} {PIXELS[size]}\n".encode() + content, seconds=SECONDS)


def _draw(attachment: Attachment, blob_id: str, size: str, blobs: BlobStore) -> tuple[str, bytes]:
    source = _kept(blob_id, blobs)
    if source is None:
        return _NONE, b""
    try:
        made = (WEBP, drawn(source[1], attachment.mime_type.partition(";")[0], size))
    except confined.NotPossible as error:
        made = (_NONE, str(error).encode() or b"none")
    blobs.put(picture_id(blob_id, size), [made[1]], mime_type=made[0], max_bytes=_LARGEST)
    return made


def _kept(blob_id: str, blobs: BlobStore) -> tuple[str, bytes] | None:
    with ExitStack() as stack:
        try:
            blob, pieces = stack.enter_context(blobs.open(blob_id))
            return (blob.mime_type, b"".join(pieces)) if blob.size <= LARGEST_SOURCE else None
        except BlobMissing:
            return None
