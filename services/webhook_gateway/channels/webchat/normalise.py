"""What a visitor said as events: the message for the desk, its files, and the line their own chat shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.webchat.people import sender, told_by
from services.webhook_gateway.channels.webchat.said import (
    BUTTON_REPLY,
    FILES,
    FORM,
    LIST_REPLY,
    Said,
)
from services.webhook_gateway.channels.webchat.settings import KIND
from services.webhook_gateway.channels.webchat.uploads import Upload
from services.webhook_gateway.channels.webchat.verify import ChatVisitor
from services.webhook_gateway.ports import Item
from shared.contracts import chat_posted, media_stored, message_received
from shared.contracts.attachment import attachment_id
from shared.contracts.times import format_utc

_LONGEST_FORM: Final = 50_000
"""Characters of a form as text; the answers themselves are in the content."""
_REPLIES: Final = (BUTTON_REPLY, LIST_REPLY)


class _Content(NamedTuple):
    """What a message says: its kind in the contract, its words, and what else belongs to it."""

    kind: str
    text: str
    content: dict[str, Any]


def line_id(visitor: ChatVisitor, client_id: str) -> str:
    """The id of a visitor's own line: nobody else can make one that begins like it."""
    return f"{visitor.id}.{client_id}"


def provider_id(visitor_id: str, any_line_id: str) -> str:
    """What a line is called towards the desk: always with its visitor, so that none can name another's."""
    own = f"{visitor_id}."
    return any_line_id if any_line_id.startswith(own) else own + any_line_id


def message(
    visitor: ChatVisitor, said: Said, files: Sequence[Upload], now: datetime, network: str = ""
) -> list[Item]:
    """All events of one message, to be published together. The same however often it is sent again.

    `network` is the mark of where it comes from.
    """
    line = line_id(visitor, said.id)
    key = f"{KIND}:{visitor.channel_id}:{line}"
    at = format_utc(now)
    stored = [_stored(key, position, file) for position, file in enumerate(files)]
    what = _content(said, files)
    shown = _line(visitor, said, line, what.text, stored, at)
    told = told_by(visitor, said.details, said.browser, said.visit, now, network)
    return [
        Item(
            message_received.TYPE,
            key,
            at,
            visitor.contact_key,
            _message(visitor, said, what, stored, key, at) | {"visitor": told},
        ),
        *(_announced(visitor, file, key, at) for file in stored),
        Item(chat_posted.TYPE, f"{key}:line", at, visitor.contact_key, shown),
    ]


def _content(said: Said, files: Sequence[Upload]) -> _Content:
    if said.kind in _REPLIES:
        choice = {"id": said.choice[0], "title": said.choice[1]}
        return _Content(said.kind, choice["title"], choice)
    if said.kind == FORM:
        labels = {key: said.labels.get(key) or key for key in said.answers}
        lines = [f"{labels[key]}: {answer}" for key, answer in said.answers.items()]
        return _Content(
            "flow_reply", "\n".join(lines)[:_LONGEST_FORM], {"answers": said.answers, "labels": labels}
        )
    if said.kind == FILES:
        names = ", ".join(file.name for file in files)
        return _Content(files[0].kind, said.text or f"[{files[0].kind}] {names}", {})
    return _Content("text", said.text, {})


def _message(
    visitor: ChatVisitor,
    said: Said,
    what: _Content,
    stored: Sequence[dict[str, Any]],
    key: str,
    at: str,
) -> dict[str, Any]:
    """All but who the visitor is."""
    return {
        "dedupe_key": key,
        "channel_id": visitor.channel_id,
        "channel_kind": KIND,
        "provider_message_id": line_id(visitor, said.id),
        "contact_key": visitor.contact_key,
        "sender": sender(visitor, said.details.name),
        "occurred_at": at,
        "received_at": at,
        "kind": what.kind,
        "text": what.text,
        "content": what.content,
        "reply_to": provider_id(visitor.id, said.reply_to) if said.reply_to else None,
        "raw": "",
        "direction": message_received.IN,
        "target": None,
        "attachments": [_attachment(file) for file in stored],
    }


def _line(
    visitor: ChatVisitor,
    said: Said,
    line: str,
    text: str,
    stored: Sequence[dict[str, Any]],
    at: str,
) -> dict[str, Any]:
    return {
        "line_id": line,
        "channel_id": visitor.channel_id,
        "visitor_id": visitor.id,
        "kind": chat_posted.MESSAGE,
        "author": {
            "kind": chat_posted.VISITOR,
            "name": visitor.name or said.details.name,
            "picture": "",
        },
        "at": at,
        # Files show themselves; words that only stand for them are for the desk.
        "text": said.text if said.kind == FILES else text,
        "files": list(stored),
        "interactive": None,
        "reply_to": said.reply_to,
        "ticket_number": "",
        "score": None,
        "by_mail": False,
    }


def _stored(key: str, position: int, file: Upload) -> dict[str, Any]:
    """A StoredFile on the wire."""
    return {
        "id": attachment_id(key, position),
        "kind": file.kind,
        "blob_id": file.blob_id,
        "mime_type": file.type,
        "filename": file.name,
        "size": file.size,
        "sha256": file.sha256,
    }


def _attachment(file: dict[str, Any]) -> dict[str, Any]:
    """The same file as a RemoteFile: the desk waits for `media.stored`, as with every channel's files."""
    return {
        "id": file["id"],
        "kind": file["kind"],
        "reference": file["blob_id"],
        "mime_type": file["mime_type"],
        "filename": file["filename"],
        "sha256": file["sha256"],
        "size": file["size"],
    }


def _announced(visitor: ChatVisitor, file: dict[str, Any], key: str, at: str) -> Item:
    data = {
        "file": file,
        "message_id": key,
        "channel_id": visitor.channel_id,
        "channel_kind": KIND,
        "stored_at": at,
    }
    return Item(media_stored.TYPE, f"{file['id']}:stored", at, visitor.contact_key, data)
