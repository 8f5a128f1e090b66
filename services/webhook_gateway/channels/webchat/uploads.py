"""Files a visitor sends: looked at, kept, and named by a token that only this visitor can use, for a day."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

import structlog

from services.webhook_gateway.channels.webchat.bodies import invalid, too_large
from services.webhook_gateway.channels.webchat.file_names import safe_name
from services.webhook_gateway.channels.webchat.form_file import FIELD, SentFile
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.sniffing import TypeRefused, kind_of, taken_type
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, TokenRefused, opened, signer
from services.webhook_gateway.chat_ports import Uploads
from shared.blobs.content_type import LOOKED_AT
from shared.blobs.store import Blob, BlobStore, BlobTooLarge
from shared.messaging.message import Unavailable
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

LIFE: Final = timedelta(hours=24)
UNNAMED_FOR: Final = LIFE + timedelta(hours=1)
"""After this nobody can name a file any more, however slowly it came, and whosever clock is a little late."""
RETRY_SECONDS: Final = 5
_SALT: Final = "sportello.upload"


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


@dataclass(frozen=True, slots=True)
class Room:
    """Where files are kept until a message names them; each store is opened when first needed."""

    blobs: Callable[[], BlobStore]
    uploads: Callable[[], Uploads]


def keep(site: ChatSite, file: SentFile, room: Room, at: datetime) -> Upload:
    """Keep it under a name nobody can guess. Problem 413, 415, 422 for what is refused, 503."""
    beginning = b""
    for piece in file.content:
        beginning += piece
        if len(beginning) >= LOOKED_AT:
            break
    if not beginning:
        raise invalid({FIELD: ["The file is empty."]})
    try:
        mime_type = taken_type(file.type, beginning, site.file_types)
    except TypeRefused:
        raise Problem(
            415,
            "file-type-refused",
            "This kind of file is not taken",
            "Send one of the types listed under `types`, and what it says it is.",
            types=list(site.file_types),
        ) from None
    try:
        blob = _stored(room, chain([beginning], file.content), mime_type, site.max_file_bytes, at)
    except BlobTooLarge as error:
        raise too_large(error.limit) from None
    except Unavailable as error:
        raise _away(error, "Send the file again.") from None
    return Upload(blob.id, safe_name(file.name, mime_type), mime_type, blob.size, blob.sha256)


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


def claim(files: Sequence[Upload], room: Room, at: datetime) -> None:
    """A message names these: they stay. Problem 422 when one was removed meanwhile, 503.

    Without the database nothing can be promised: who removes old files must not do so at this moment.
    """
    if not files:
        return
    try:
        gone = room.uploads().name({file.blob_id for file in files}, at)
    except Unavailable as error:
        raise _away(error, "Nothing was accepted; send it again with the same id.") from None
    for position, file in enumerate(files):
        if file.blob_id in gone:
            raise not_known(position)


def not_known(position: int) -> Problem:
    """The file at this place of a message is not there, or not this visitor's."""
    return invalid({"files": {position: {"token": ["This file is not known any more; send it again."]}}})


def _stored(room: Room, content: Iterator[bytes], mime_type: str, most: int, at: datetime) -> Blob:
    blob_id = f"chat-{secrets.token_hex(20)}"
    room.uploads().begin(blob_id, at)
    return room.blobs().put(blob_id, content, mime_type=mime_type, max_bytes=most)


def _away(error: Unavailable, detail: str) -> Problem:
    _log.warning("files of visitors are not taken now", reason=str(error))
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return Problem(503, "unavailable", "Not available now", detail, headers=headers)
