"""A delivery as a line of the chat, and a sign of presence as the chat shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from services.notifier.domain.content import (
    CONTACTS,
    LOCATION,
    NOTICE,
    ContactCard,
    Content,
    File,
    Interactive,
    Location,
)
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.presence import Presence
from shared.contracts import reply_parts
from shared.contracts.attachment import StoredFile
from shared.contracts.chat_posted import AGENT, DESK, MESSAGE, ChatAuthor, ChatPosted
from shared.contracts.chat_signalled import ChatSignalled

_MAP: Final = "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=16/{0}/{1}"


def message_id(visitor_id: str, line_id: str) -> str:
    """What the desk knows a line by. The visitor's receipts are taken for ids that begin with their own id
    alone, so that nobody can report on a line of somebody else's.
    """
    return f"{visitor_id}.{line_id}"


def line_of(delivery: Delivery, quoted: str) -> ChatPosted:
    """The line, always the same one for the same delivery; `quoted` is the id of the line it answers."""
    content = delivery.content
    notice = content.kind == NOTICE
    return ChatPosted(
        line_id=delivery.send_id,
        channel_id=delivery.channel_id,
        visitor_id=delivery.recipient.address,
        kind=content.text if notice else MESSAGE,
        author=_author(delivery),
        at=delivery.queued_at,
        text="" if notice else text_of(content),
        files=[_file(file) for file in content.files],
        interactive=_interactive(content.interactive) if content.interactive is not None else None,
        reply_to=quoted,
        ticket_number=delivery.ticket_number if notice else "",
    )


def sign_of(presence: Presence) -> ChatSignalled:
    """The sign for the visitor: the id of their own latest line is the one the desk knows it by."""
    return ChatSignalled(
        channel_id=presence.channel_id,
        visitor_id=presence.recipient.address,
        sign=presence.sign,
        line_id=presence.provider_message_id,
        at=presence.requested_at,
        author=presence.author,
    )


def text_of(content: Content) -> str:
    """The text of a line; a place and cards are told in words, with links the visitor can follow."""
    if content.kind == LOCATION and content.location is not None:
        return _place(content.location)
    if content.kind == CONTACTS:
        return "\n\n".join(_card(card) for card in content.contacts)
    return content.text


def _author(delivery: Delivery) -> ChatAuthor:
    if not delivery.author:
        return ChatAuthor(DESK)
    return ChatAuthor(AGENT, delivery.author, delivery.author_picture)


def _place(place: Location) -> str:
    named = ", ".join(filter(None, (place.name, place.address)))
    return "\n".join(filter(None, (named, _MAP.format(place.latitude, place.longitude))))


def _card(card: ContactCard) -> str:
    return "\n".join(filter(None, (card.name, card.organization, *card.phones, *card.emails)))


def _file(file: File) -> StoredFile:
    return StoredFile(**asdict(file))


def _interactive(given: Interactive) -> reply_parts.Interactive:
    return reply_parts.Interactive(
        kind=given.kind,
        header=given.header,
        footer=given.footer,
        button=given.button,
        url=given.url,
        buttons=[reply_parts.Choice(one.id, one.title, one.description) for one in given.buttons],
        sections=[
            reply_parts.Section(
                section.title,
                [reply_parts.Choice(row.id, row.title, row.description) for row in section.rows],
            )
            for section in given.sections
        ],
        form_fields=[
            reply_parts.FormField(one.key, one.label, one.kind, one.required, list(one.choices))
            for one in given.form_fields
        ],
    )
