"""Files a visitor sends: looked at, kept, and named by a token that only this visitor can use, for a day."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import IO, Final

import gevent
import structlog
from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from services.webhook_gateway.channels.webchat.bodies import invalid, too_large, too_slow
from services.webhook_gateway.channels.webchat.file_names import safe_name
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.sniffing import TypeRefused, kind_of, taken_type
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, TokenRefused, opened, signer
from shared.blobs.content_type import LOOKED_AT
from shared.blobs.store import Blob, BlobStore, BlobTooLarge
from shared.messaging.message import Unavailable
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

LIFE: Final = timedelta(hours=24)
READ_SECONDS: Final = 120.0
RETRY_SECONDS: Final = 5
_SALT: Final = "sportello.upload"
_AROUND: Final = 16 * 1024
"""Bytes of the form around the file."""
_PIECE: Final = 1 << 16
_FORM_MEMORY: Final = 1 << 18
"""Bytes of the form's other fields; werkzeug keeps the piece it is reading, 64 KiB, within the same limit."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was kept; `size` in bytes, `sha256` in hex."""

    blob_id: str
    name: str
    type: str
    size: int
    sha256: str

    @property
    def kind(self) -> str:
        """`image`, `audio`, `video` or `document`."""
        return kind_of(self.type)


def sent_file(site: ChatSite) -> FileStorage:
    """The file of this request's form, read in good time. Problem 408, 413, 415, 422."""
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "unsupported-media-type", "Unknown format", "Send multipart/form-data.")
    most = site.max_file_bytes + _AROUND
    if (request.content_length or 0) > most:
        raise too_large(site.max_file_bytes)
    request.max_content_length = most
    request.max_form_parts = 10
    request.max_form_memory_size = _FORM_MEMORY
    late = gevent.Timeout(READ_SECONDS)
    late.start()
    try:
        file = request.files.get("file")
    except gevent.Timeout as raised:
        if raised is not late:
            raise
        raise too_slow() from None
    except RequestEntityTooLarge:
        raise too_large(site.max_file_bytes) from None
    finally:
        late.close()
    if file is None:
        raise invalid({"file": ["Send one file in the field named file."]})
    return file


def keep(site: ChatSite, file: FileStorage, blobs: Callable[[], BlobStore]) -> Upload:
    """Keep it under a name nobody can guess. Problem 413, 415 for what is refused, 503."""
    beginning = file.stream.read(LOOKED_AT)
    if not beginning:
        raise invalid({"file": ["The file is empty."]})
    try:
        mime_type = taken_type(file.mimetype, beginning, site.file_types)
    except TypeRefused:
        raise Problem(
            415,
            "file-type-refused",
            "This kind of file is not taken",
            "Send one of the types listed under `types`, and what it says it is.",
            types=list(site.file_types),
        ) from None
    blob = _stored(blobs, _pieces(beginning, file.stream), mime_type, site.max_file_bytes)
    name = safe_name(file.filename or "", mime_type)
    return Upload(blob.id, name, mime_type, blob.size, blob.sha256)


def token_of(site: ChatSite, visitor: ChatVisitor, upload: Upload) -> str:
    """What the visitor names the file by in a message."""
    return signer(site, _SALT).dumps({"c": site.id, "v": visitor.id, "f": asdict(upload)})


def named_by(site: ChatSite, visitor: ChatVisitor, token: str) -> Upload:
    """The file. TokenRefused for one that another visitor sent, or that was sent too long ago.

    A visitor who has just been recognised by the site was another one when they chose the file.
    """
    told = opened(site, _SALT, token, LIFE)
    if told.get("v") not in (visitor.id, *visitor.former):
        raise TokenRefused
    return Upload(**told["f"])


def _stored(blobs: Callable[[], BlobStore], content: Iterator[bytes], mime_type: str, most: int) -> Blob:
    try:
        return blobs().put(f"chat-{secrets.token_hex(20)}", content, mime_type=mime_type, max_bytes=most)
    except BlobTooLarge as error:
        raise too_large(error.limit) from None
    except Unavailable as error:
        _log.warning("file not kept", reason=str(error))
        raise Problem(
            503,
            "unavailable",
            "Not available now",
            "Send the file again.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        ) from None


def _pieces(beginning: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    yield beginning
    while piece := stream.read(_PIECE):
        yield piece
