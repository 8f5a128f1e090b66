"""A delivery's content as the parameters of Twilio's "create a message"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from services.notifier.channels.whatsapp_twilio.errors import NotSendable
from services.notifier.channels.whatsapp_twilio.limits import framed
from services.notifier.domain.content import (
    BUTTONS,
    CONTACTS,
    INTERACTIVE,
    LIST,
    LOCATION,
    MEDIA,
    TEMPLATE,
    TEXT,
    ContactCard,
    Content,
    File,
    Interactive,
    Template,
)
from services.notifier.domain.delivery import Failure

FileLink = Callable[[File], str]
"""An address under which Twilio can fetch a file for a while."""

_MEDIA_PARAMETERS: Final = ("image", "video", "document")


_FILL_IN: Final = "Fill it in and send it again."


def body_of(content: Content, link: FileLink) -> dict[str, Any] | None:
    """Parameters for a text, a file or a place; None for what is sent as content or cards.

    Whatever `link` raises passes through.
    """
    if content.kind == TEXT:
        return {"body": content.text}
    if content.kind == MEDIA and content.file is not None:
        found: dict[str, Any] = {"media_url": [link(content.file)]}
        return found | {"body": content.text} if content.text else found
    if content.kind == LOCATION and content.location is not None:
        place = content.location
        label = ", ".join(filter(None, (place.name, place.address)))
        point = f"geo:{place.latitude},{place.longitude}"
        return {
            "body": label or f"{place.latitude}, {place.longitude}",
            "persistent_action": [f"{point}|{label}" if label else point],
        }
    return None


def is_card(content: Content) -> bool:
    """Whether it goes out as a file with cards in it."""
    return content.kind == CONTACTS


def needs_content(content: Content) -> bool:
    """Whether it goes out as a content of the Content API, made for this text and these choices."""
    return content.kind == INTERACTIVE and content.interactive is not None


def content_of(text: str, interactive: Interactive) -> dict[str, Any]:
    """Choices as a content to be created; the same choices always have the same name."""
    body = framed(text, interactive)
    if interactive.kind == BUTTONS:
        actions = [{"title": button.title, "id": button.id} for button in interactive.buttons]
        types: dict[str, Any] = {"twilio/quick-reply": {"body": body, "actions": actions}}
    elif interactive.kind == LIST:
        rows = [row for section in interactive.sections for row in section.rows]
        items = [{"item": row.title, "id": row.id, "description": row.description} for row in rows]
        types = {"twilio/list-picker": {"body": body, "button": interactive.button, "items": items}}
    else:
        action = {"type": "URL", "title": interactive.button, "url": interactive.url}
        types = {"twilio/call-to-action": {"body": body, "actions": [action]}}
    digest = hashlib.sha256(json.dumps([text, asdict(interactive)]).encode()).hexdigest()[:24]
    return {"friendly_name": f"sportello_reply_{digest}", "language": "en", "types": types}


def variables_of(template: Template, files: Mapping[str, File], link: FileLink) -> dict[str, str]:
    """Content variables by name. Unnamed parameters are counted over header, body and buttons, from 1."""
    found: dict[str, str] = {}
    for number, parameter in enumerate(_parameters(template), 1):
        name = parameter.get("parameter_name")
        found[name if isinstance(name, str) and name else str(number)] = _value(parameter, files, link)
    return found


def _parameters(template: Template) -> Iterator[Mapping[str, Any]]:
    order = {"header": 0, "body": 1, "button": 2}
    components = sorted(template.components, key=lambda each: order.get(str(each.get("type", "")).lower(), 3))
    for component in components:
        parameters = component.get("parameters")
        if isinstance(parameters, list):
            yield from (each for each in parameters if isinstance(each, dict))


def _value(parameter: Mapping[str, Any], files: Mapping[str, File], link: FileLink) -> str:
    kind = parameter.get("type")
    media = parameter.get(kind) if kind in _MEDIA_PARAMETERS else None
    if isinstance(media, dict):
        file = files.get(str(media.get("attachment_id", "")))
        if file is not None:
            return link(file)
        if isinstance(media.get("link"), str):
            return str(media["link"])
        raise NotSendable(
            Failure("template-parameters", "A file of the template is missing", remedy=_FILL_IN)
        )
    for name in ("text", "payload", "coupon_code"):
        if isinstance(parameter.get(name), str):
            return str(parameter[name])
    for name in ("currency", "date_time"):
        value = parameter.get(name)
        if isinstance(value, dict) and isinstance(value.get("fallback_value"), str):
            return str(value["fallback_value"])
    raise NotSendable(Failure("template-parameters", "A parameter has no text", remedy=_FILL_IN))


def is_template(content: Content) -> bool:
    """Whether it goes out as an approved template."""
    return content.kind == TEMPLATE and content.template is not None


def vcards(cards: tuple[ContactCard, ...]) -> bytes:
    """The cards as vCard 3.0 (RFC 2426)."""
    lines: list[str] = []
    for card in cards:
        name = _escaped(card.name)
        lines += ["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"N:{name};;;;"]
        lines += [f"TEL;TYPE=CELL:{_escaped(phone)}" for phone in card.phones]
        lines += [f"EMAIL:{_escaped(email)}" for email in card.emails]
        if card.organization:
            lines.append(f"ORG:{_escaped(card.organization)}")
        lines.append("END:VCARD")
    return ("\r\n".join(lines) + "\r\n").encode()


def _escaped(text: str) -> str:
    for character, instead in (
        ("\\", "\\\\"),
        ("\r\n", "\\n"),
        ("\n", "\\n"),
        ("\r", "\\n"),
        (",", "\\,"),
        (";", "\\;"),
    ):
        text = text.replace(character, instead)
    return text
