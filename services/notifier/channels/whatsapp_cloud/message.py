"""A delivery's content as the Cloud API's message object. Source: Meta, Cloud API reference, "Messages"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.notifier.domain.content import (
    BUTTONS,
    CONTACTS,
    INTERACTIVE,
    LIST,
    LOCATION,
    MEDIA,
    REACTION,
    TEMPLATE,
    TEXT,
    Choice,
    Content,
    File,
    Interactive,
)

MediaId = Callable[[File], str]
"""Gives Meta's id of a file, having uploaded it if need be."""

Message = tuple[str, dict[str, Any]]


def message(content: Content, media_id: MediaId) -> Message | None:
    """(type, object) of the message, None for content that this channel cannot send.

    Whatever `media_id` raises passes through.
    """
    if content.kind == TEXT:
        return "text", {"body": content.text, "preview_url": True}
    if content.kind == MEDIA and content.file is not None:
        return _media(content.file, content.text, media_id)
    if content.kind == TEMPLATE and content.template is not None:
        files = {file.id: file for file in content.files}
        # As given: pywa's own types refuse languages outside their list.
        return "template", {
            "name": content.template.name,
            "language": {"code": content.template.language},
            "components": [_component(each, files, media_id) for each in content.template.components],
        }
    if content.kind == INTERACTIVE and content.interactive is not None:
        return "interactive", _interactive(content.text, content.interactive)
    return _small(content)


def _small(content: Content) -> Message | None:
    if content.kind == LOCATION and content.location is not None:
        place = content.location
        named = {"name": place.name, "address": place.address}
        point = {"latitude": place.latitude, "longitude": place.longitude}
        return "location", point | {name: text for name, text in named.items() if text}
    if content.kind == CONTACTS and content.contacts:
        # The API's type is plural, and its value is a list; the client only passes it on.
        return "contacts", [_card(card) for card in content.contacts]  # type: ignore[return-value]
    if content.kind == REACTION and content.reaction is not None:
        return "reaction", {"message_id": content.reaction.target, "emoji": content.reaction.emoji}
    return None


def _media(file: File, caption: str, media_id: MediaId) -> Message:
    body: dict[str, Any] = {"id": media_id(file)}
    if caption:
        body["caption"] = caption
    if file.kind == "document":
        body["filename"] = file.filename or "document"
    if file.kind == "voice":
        return "audio", body | {"voice": True}
    return file.kind, body


_MEDIA_PARAMETERS: Final = ("image", "video", "document")


def _component(
    component: Mapping[str, Any], files: Mapping[str, File], media_id: MediaId
) -> Mapping[str, Any]:
    """The component with files of ours replaced by Meta's ids; everything else as it is."""
    parameters = component.get("parameters")
    if not isinstance(parameters, list):
        return component
    return {**component, "parameters": [_parameter(each, files, media_id) for each in parameters]}


def _parameter(parameter: Any, files: Mapping[str, File], media_id: MediaId) -> Any:
    if not isinstance(parameter, dict):
        return parameter
    kind = parameter.get("type")
    media = parameter.get(kind) if kind in _MEDIA_PARAMETERS else None
    file = files.get(str(media.get("attachment_id", ""))) if isinstance(media, dict) else None
    if file is None:
        return parameter
    given = {"id": media_id(file)}
    if kind == "document":
        given["filename"] = file.filename or "document"
    return {**parameter, kind: given}


def _interactive(text: str, interactive: Interactive) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _TYPES[interactive.kind], "body": {"text": text}}
    if interactive.header:
        found["header"] = {"type": "text", "text": interactive.header}
    if interactive.footer:
        found["footer"] = {"text": interactive.footer}
    found["action"] = _action(interactive)
    return found


_TYPES: Final = {BUTTONS: "button", LIST: "list", "cta_url": "cta_url"}


def _action(interactive: Interactive) -> dict[str, Any]:
    if interactive.kind == BUTTONS:
        replies = [{"id": button.id, "title": button.title} for button in interactive.buttons]
        return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
    if interactive.kind == LIST:
        sections = [
            {"title": section.title, "rows": [_row(row) for row in section.rows]}
            for section in interactive.sections
        ]
        return {"button": interactive.button, "sections": sections}
    parameters = {"display_text": interactive.button, "url": interactive.url}
    return {"name": "cta_url", "parameters": parameters}


def _row(row: Choice) -> dict[str, str]:
    found = {"id": row.id, "title": row.title}
    return found | {"description": row.description} if row.description else found


def _card(card: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": {"formatted_name": card.name, "first_name": card.name}}
    if card.phones:
        found["phones"] = [{"phone": phone, "type": "CELL"} for phone in card.phones]
    if card.emails:
        found["emails"] = [{"email": email, "type": "WORK"} for email in card.emails]
    if card.organization:
        found["org"] = {"company": card.organization}
    return found
