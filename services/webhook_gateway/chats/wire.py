"""What a page is told, as it goes over the wire."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from services.webhook_gateway.channels.webchat.offers import picture_link
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.chat_ports import Line
from services.webhook_gateway.domain.chat import client_id
from shared.blobs.links import file_link
from shared.contracts.attachment import StoredFile
from shared.contracts.chat_posted import VISITOR
from shared.contracts.times import format_utc

FILE_LIFE: Final = timedelta(days=1)
ALIVE: Final = b": alive\n\n"


class Wording:
    """Lines of one site, with links that are good for a day from `now`."""

    def __init__(self, site: ChatSite, files_secret: str) -> None:
        self._site = site
        self._files_secret = files_secret

    def line(self, line: Line, now: datetime) -> dict[str, Any]:
        """A line as the widget reads it."""
        posted = line.posted
        author = posted.author
        own = author.kind == VISITOR and not posted.by_mail
        picture = picture_link(self._site, self._files_secret, author.picture, now)
        return {
            "seq": line.seq,
            "id": posted.line_id,
            "client_id": client_id(posted.line_id) if own else "",
            "at": format_utc(posted.at),
            "kind": posted.kind,
            "author": {"kind": author.kind, "name": author.name, "picture": picture},
            "text": posted.text,
            "files": [self._file(file, now) for file in posted.files],
            "interactive": asdict(posted.interactive) if posted.interactive else None,
            "reply_to": posted.reply_to,
            "ticket": posted.ticket_number,
            "score": posted.score,
            "by_mail": posted.by_mail,
        }

    def _file(self, file: StoredFile, now: datetime) -> dict[str, Any]:
        site = self._site
        expires = now + FILE_LIFE
        return {
            "name": file.filename,
            "type": file.mime_type,
            "size": file.size,
            "kind": file.kind,
            "url": file_link(site.public_url, self._files_secret, file.blob_id, file.filename, expires),
        }


def event(name: str, data: dict[str, Any], seq: int | None = None) -> bytes:
    """A server-sent event (HTML, 9.2); a line carries its number, by which a page goes on later."""
    number = f"id: {seq}\n" if seq is not None else ""
    return f"event: {name}\n{number}data: ".encode() + orjson.dumps(data) + b"\n\n"
