"""What the Cloud API takes: checked before sending, in words an agent can act on.

Source: Meta, "Messages" and "Media" of the Cloud API reference (limits of interactive messages and of files).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from services.notifier.domain.content import (
    BUTTONS,
    CONTACTS,
    CTA_URL,
    FORM,
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
from services.notifier.domain.delivery import Failure
from services.notifier.domain.message_parts import TextLimits, message_parts
from services.notifier.domain.text_parts import fits

TEXTS: Final = TextLimits(text=4_096, caption=1_024, captioned=frozenset({"image", "video", "document"}))

_MB: Final = 1_048_576
LARGEST_DOCUMENT: Final = 100 * _MB
_TAKEN: Final[Mapping[str, tuple[int, frozenset[str]]]] = {
    "image": (5 * _MB, frozenset({"image/jpeg", "image/png"})),
    "audio": (
        16 * _MB,
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"}),
    ),
    "voice": (16 * _MB, frozenset({"audio/ogg", "audio/opus"})),
    "video": (16 * _MB, frozenset({"video/mp4", "video/3gpp"})),
    "sticker": (500 * 1_024, frozenset({"image/webp"})),
}
"""Largest size in bytes, and types, of each kind; what does not fit goes as a document."""

BODY: Final = {BUTTONS: 1_024, LIST: 4_096, CTA_URL: 1_024}
_KINDS: Final = frozenset({TEXT, MEDIA, TEMPLATE, INTERACTIVE, LOCATION, CONTACTS, REACTION})


class _Broken(Exception):
    """A limit is broken; the argument says which, in words for an agent."""


def parts(wanted: Content) -> list[Content] | Failure:
    """The messages to send, in order; a Failure when WhatsApp would refuse one of them whatever we do."""
    if wanted.kind not in _KINDS:
        return Failure("unsupported-content", f"WhatsApp cannot carry content of kind {wanted.kind}")
    try:
        check = _CHECKS.get(wanted.kind)
        if check is not None:
            check(wanted)
        found = message_parts(replace(wanted, files=tuple(map(sendable, wanted.files))), TEXTS)
    except _Broken as broken:
        return Failure("beyond-limits", str(broken), remedy="Change it and send it again.")
    if not found:
        return Failure("empty", "There is nothing to send", remedy="Write a text.")
    return found


def sendable(file: File) -> File:
    """The file as the kind that WhatsApp takes it as."""
    taken = _TAKEN.get(file.kind)
    mime_type = file.mime_type.partition(";")[0].strip().lower()
    if taken is not None and (file.size > taken[0] or mime_type not in taken[1]):
        if file.kind == "voice" and file.size <= taken[0] and mime_type in _TAKEN["audio"][1]:
            file = replace(file, kind="audio")
        else:
            file = replace(file, kind="document")
    if file.size > LARGEST_DOCUMENT:
        raise _Broken(f"{file.filename or 'The file'} has more than 100 MB, which WhatsApp does not take.")
    return file


def _check_interactive(wanted: Content) -> None:
    interactive = wanted.interactive
    if interactive is not None and interactive.kind == FORM:
        raise _Broken("WhatsApp cannot show a form here; ask in words, or with buttons or a list.")
    if interactive is None or interactive.kind not in BODY:
        raise _Broken("The message has no choices that WhatsApp knows.")
    _short(wanted.text, BODY[interactive.kind], "The text above the choices")
    _short(interactive.header, 60, "The header", optional=True)
    _short(interactive.footer, 60, "The footer", optional=True)
    if interactive.kind == BUTTONS:
        _check_buttons(interactive)
    elif interactive.kind == LIST:
        _check_list(interactive)
    else:
        _short(interactive.button, 20, "The text of the button")
        if urlsplit(interactive.url).scheme not in ("http", "https"):
            raise _Broken("The button needs an address that begins with http:// or https://.")


def _check_buttons(interactive: Interactive) -> None:
    if not 1 <= len(interactive.buttons) <= 3:
        raise _Broken("WhatsApp takes one to three buttons; use a list for more choices.")
    for button in interactive.buttons:
        _short(button.title, 20, "The text of a button")
        _short(button.id, 256, "The id of a button")
    _different(iter(interactive.buttons), "buttons", titles=True)


def _check_list(interactive: Interactive) -> None:
    _short(interactive.button, 20, "The text of the button that opens the list")
    rows = [row for section in interactive.sections for row in section.rows]
    if not 1 <= len(rows) <= 10:
        raise _Broken("WhatsApp takes one to ten rows in a list, over all its sections.")
    for section in interactive.sections:
        _short(section.title, 24, "The title of a section", optional=len(interactive.sections) == 1)
    for row in rows:
        _short(row.title, 24, "The title of a row")
        _short(row.description, 72, "The description of a row", optional=True)
        _short(row.id, 200, "The id of a row")
    _different(iter(rows), "rows", titles=False)


def _check_contacts(wanted: Content) -> None:
    if not wanted.contacts:
        raise _Broken("There is no contact to send.")


def _check_reaction(wanted: Content) -> None:
    if wanted.reaction is None or not wanted.reaction.target:
        raise _Broken("The reaction does not say to which message.")


def _check_location(wanted: Content) -> None:
    if wanted.location is None:
        raise _Broken("There is no place to send.")


def _check_template(wanted: Content) -> None:
    if wanted.template is None:
        raise _Broken("There is no template to send.")


_CHECKS: Final[Mapping[str, Callable[[Content], None]]] = {
    INTERACTIVE: _check_interactive,
    CONTACTS: _check_contacts,
    REACTION: _check_reaction,
    LOCATION: _check_location,
    TEMPLATE: _check_template,
}


def _short(text: str, most: int, what: str, *, optional: bool = False) -> None:
    if not text and not optional:
        raise _Broken(f"{what} is missing.")
    if not fits(text, most):
        raise _Broken(f"{what} has more than {most} characters, which WhatsApp does not take.")


def _different(choices: Iterator[Choice], what: str, *, titles: bool) -> None:
    seen: set[str] = set()
    for choice in choices:
        for value in (f"id:{choice.id}", *([f"title:{choice.title}"] if titles else [])):
            if value in seen:
                raise _Broken(f"Two {what} are the same; the answer could not be told apart.")
            seen.add(value)
