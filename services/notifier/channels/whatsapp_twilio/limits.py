"""What WhatsApp takes over Twilio: checked before sending, in words an agent can act on.

Source: Twilio, "WhatsApp: media messages", "Content types" (quick reply, list picker, call to action).
"""

from __future__ import annotations

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
    Content,
    Interactive,
)
from services.notifier.domain.delivery import Failure
from services.notifier.domain.message_parts import TextLimits, message_parts
from services.notifier.domain.text_parts import fits

TEXTS: Final = TextLimits(text=1_600, caption=1_024, captioned=frozenset({"image", "video"}))
LARGEST_FILE: Final = 16 * 1_048_576
_CHANGE: Final = "Change it and send it again."


def parts(wanted: Content) -> list[Content] | Failure:
    """The messages to send, in order; a Failure when Twilio would refuse one of them whatever we do."""
    problem = _problem(wanted)
    if problem:
        return Failure("beyond-limits", problem, remedy=_CHANGE)
    if wanted.kind == REACTION:
        return Failure(
            "unsupported-content",
            "Twilio cannot send reactions",
            remedy="Write a short text instead.",
        )
    if wanted.kind not in (TEXT, MEDIA, TEMPLATE, INTERACTIVE, LOCATION, CONTACTS):
        return Failure("unsupported-content", f"Twilio cannot carry content of kind {wanted.kind}")
    return message_parts(wanted, TEXTS) or Failure(
        "empty", "There is nothing to send", remedy="Write a text."
    )


def _problem(wanted: Content) -> str:
    """What is wrong with it, in words; empty when nothing is."""
    for file in wanted.files:
        if file.size > LARGEST_FILE:
            return f"{file.filename or 'The file'} has more than 16 MB, which Twilio does not take."
    if wanted.kind == INTERACTIVE:
        return _interactive(wanted.text, wanted.interactive)
    if wanted.kind == CONTACTS and not wanted.contacts:
        return "There is no contact to send."
    if wanted.kind == LOCATION and wanted.location is None:
        return "There is no place to send."
    if wanted.kind == TEMPLATE and wanted.template is None:
        return "There is no template to send."
    return ""


def _interactive(text: str, interactive: Interactive | None) -> str:
    if interactive is not None and interactive.kind == FORM:
        return "WhatsApp cannot show a form here; ask in words, or with buttons or a list."
    if interactive is None or interactive.kind not in (BUTTONS, LIST, CTA_URL):
        return "The message has no choices that WhatsApp knows."
    if not text.strip():
        return "The text above the choices is missing."
    if not fits(framed(text, interactive), 1_024):
        return "Header, text and footer have more than 1024 characters together, which Twilio does not take."
    if interactive.kind == BUTTONS:
        buttons = interactive.buttons
        if not 1 <= len(buttons) <= 3:
            return "WhatsApp takes one to three buttons; use a list for more choices."
        if not all(button.title and fits(button.title, 20) for button in buttons):
            return "The text of a button has 1 to 20 characters."
        if len({button.title for button in buttons}) < len(buttons):
            return "Two buttons are the same; the answer could not be told apart."
    elif interactive.kind == LIST:
        rows = [row for section in interactive.sections for row in section.rows]
        if not 1 <= len(rows) <= 10:
            return "WhatsApp takes one to ten rows in a list."
        if not interactive.button or not fits(interactive.button, 20):
            return "The text of the button that opens the list has 1 to 20 characters."
        if not all(row.title and fits(row.title, 24) and fits(row.description, 72) for row in rows):
            return "The title of a row has 1 to 24 characters, its description at most 72."
        if len({row.id for row in rows}) < len(rows):
            return "Two rows are the same; the answer could not be told apart."
    elif not interactive.button or not fits(interactive.button, 20):
        return "The text of the button has 1 to 20 characters."
    elif urlsplit(interactive.url).scheme not in ("http", "https"):
        return "The button needs an address that begins with http:// or https://."
    return ""


def framed(text: str, interactive: Interactive) -> str:
    """The text with header and footer, which these content types of Twilio have no place for."""
    return "\n\n".join(filter(None, (interactive.header, text.strip(), interactive.footer)))
