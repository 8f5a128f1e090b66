"""Messages as people see them, with what stands beside them: files, and what they quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.ticket_service.api import context
from services.ticket_service.api.filenames import shown_name
from services.ticket_service.api.openapi import PREFIX
from services.ticket_service.api.pages import cut, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire, action, actor
from services.ticket_service.domain.attachment import STORED, Attachment
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.thumbnail import has_picture
from services.ticket_service.store.keyset import Position

QUOTED_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Beside:
    """The files of some messages by id, and the messages they quote by conversation and provider's id."""

    files: Mapping[str, Attachment] = field(default_factory=dict)
    quoted: Mapping[tuple[str | None, str], Message] = field(default_factory=dict)


def shown(messages: Sequence[Message]) -> list[Wire]:
    """The messages on the wire; two queries for all of them, none where nothing is beside them."""
    store = context.services().desk.store
    files = {each for message in messages for each in message.attachments}
    quotes = {message.reply_to for message in messages if message.reply_to}
    beside = Beside(
        store.load_attachments(files) if files else {},
        _by_provider_id(store.load_targets(quotes)) if quotes else {},
    )
    return [_action(message, beside) for message in messages]


def page_of_ticket(query: Mapping[str, Any], number: str, only: dict[str, Any] | None) -> Wire:
    """A page of a ticket's actions. Problem 404."""
    queries = context.services().queries
    found = queries.messages_of_ticket(ticket_id(number), page_wanted(query), only)
    page, following = cut(found, query["limit"], message_position)
    return {"items": shown(page), "next": following}


def ticket_id(number: str) -> str:
    """The id of the ticket with this number. Problem 404."""
    found = context.services().queries.ticket_id(number)
    if found is None:
        raise not_found("ticket")
    return found


def message_position(message: Message) -> Position:
    """Where a message stands in its timeline."""
    return Position(message.occurred_at, message.number, message.id)


def attachment_wire(attachment: Attachment) -> Wire:
    """A file: how it stands, and where its content is once it is stored."""
    error, place = attachment.error, f"{PREFIX}/attachments/{attachment.id}"
    served = attachment.state == STORED
    return {
        "id": attachment.id,
        "kind": attachment.kind,
        "filename": shown_name(attachment.filename),
        "mime_type": attachment.mime_type,
        "size": attachment.size,
        "sha256": attachment.sha256 if attachment.blob_id else "",
        "state": attachment.state,
        "error": error and {"code": error.code, "detail": error.detail, "remedy": error.remedy},
        "url": f"{place}/content" if served else None,
        "thumbnail": f"{place}/thumbnail" if served and has_picture(attachment) else None,
        "scanned_at": attachment.scanned_at,
        "message_id": attachment.message_id,
        "created_at": attachment.created_at,
        "stored_at": attachment.stored_at,
        "uploaded_by": attachment.uploaded_by and actor(attachment.uploaded_by),
    }


def _action(message: Message, beside: Beside) -> Wire:
    return {
        **action(message),
        "attachments": [
            attachment_wire(beside.files[each]) for each in message.attachments if each in beside.files
        ],
        "reply_to": _quote(message, beside),
    }


def _quote(message: Message, beside: Beside) -> Wire | None:
    if not message.reply_to:
        return None
    found = beside.quoted.get((message.conversation_id, message.reply_to))
    return {
        "message_id": found.id if found else None,
        "text": found.text[:QUOTED_CHARACTERS] if found else "",
        "author": actor(found.author) if found else None,
    }


def _by_provider_id(messages: Sequence[Message]) -> dict[tuple[str | None, str], Message]:
    return {
        (message.conversation_id, provider_id): message
        for message in messages
        for provider_id in message.provider_message_ids
    }
