"""What the chat on a site shows: checked before sending, in words an agent can act on.

The limits are those of its widget: what fits on a phone's screen, and what its visitor can answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from services.notifier.channels.webchat.errors import NO_TEMPLATES
from services.notifier.domain.content import (
    BUTTONS,
    CONTACTS,
    CTA_URL,
    FORM,
    INTERACTIVE,
    LIST,
    LOCATION,
    MEDIA,
    NOTICE,
    REACTION,
    TEMPLATE,
    TEXT,
    Choice,
    Content,
    FormField,
    Interactive,
)
from services.notifier.domain.delivery import Failure
from services.notifier.domain.text_parts import fits, text_parts

LONGEST_TEXT: Final = 5_000
MOST_FILES: Final = 30
MOST_BUTTONS: Final = 10
MOST_ROWS: Final = 50
MOST_FIELDS: Final = 20
LONGEST_LABEL: Final = 200
CHOICE: Final = "choice"
"""The kind of a form's field that names its answers."""
_CHANGE: Final = "Change it and send it again."


def parts(wanted: Content) -> list[Content] | Failure:
    """The lines to send, in order (a text with its files is one), or why the chat cannot show it."""
    if wanted.kind == TEMPLATE:
        return NO_TEMPLATES
    if wanted.kind == REACTION:
        return Failure(
            "unsupported-content", "A live chat shows no reactions", remedy="Write a short text instead."
        )
    if wanted.kind not in (TEXT, MEDIA, INTERACTIVE, LOCATION, CONTACTS, NOTICE):
        return Failure("unsupported-content", f"A live chat cannot show content of kind {wanted.kind}")
    problem = _problem(wanted)
    if problem:
        return Failure("beyond-limits", problem, remedy=_CHANGE)
    found = _lines(wanted)
    return found or Failure("empty", "There is nothing to send", remedy="Write a text.")


def _lines(wanted: Content) -> list[Content]:
    """Long texts in pieces, the files with the last of them."""
    if wanted.kind not in (TEXT, MEDIA):
        return [wanted]
    pieces = text_parts(wanted.text, LONGEST_TEXT)
    if not wanted.files:
        return [Content(TEXT, piece) for piece in pieces]
    before = [Content(TEXT, piece) for piece in pieces[:-1]]
    return [*before, replace(wanted, text=pieces[-1] if pieces else "")]


def _problem(wanted: Content) -> str:
    """What is wrong with it, in words; empty when nothing is."""
    if len(wanted.files) > MOST_FILES:
        return f"A line of the chat takes at most {MOST_FILES} files."
    if wanted.kind == INTERACTIVE:
        return _interactive(wanted.text, wanted.interactive)
    if wanted.kind == LOCATION and wanted.location is None:
        return "There is no place to send."
    if wanted.kind == CONTACTS and not wanted.contacts:
        return "There is no contact to send."
    return ""


def _interactive(text: str, interactive: Interactive | None) -> str:
    if interactive is None or interactive.kind not in (BUTTONS, LIST, CTA_URL, FORM):
        return "The message has no choices that the chat knows."
    if not text.strip() or not fits(text, LONGEST_TEXT):
        return f"The text above the choices has 1 to {LONGEST_TEXT} characters."
    if interactive.kind == BUTTONS:
        return _choices(interactive.buttons, MOST_BUTTONS, "buttons")
    if interactive.kind == LIST:
        rows = [row for section in interactive.sections for row in section.rows]
        return _choices(rows, MOST_ROWS, "rows") or _label(interactive.button, "The text of the button")
    if interactive.kind == FORM:
        return _form(interactive.form_fields)
    address = urlsplit(interactive.url)
    if address.scheme not in ("http", "https") or not address.netloc:
        return "The button needs an address that begins with http:// or https://."
    return _label(interactive.button, "The text of the button")


def _choices(choices: Sequence[Choice], most: int, what: str) -> str:
    if not 1 <= len(choices) <= most:
        return f"The chat takes 1 to {most} {what}."
    if _repeated(one.id for one in choices):
        return f"Two {what} are the same; the answer could not be told apart."
    return ""


def _form(asked: Sequence[FormField]) -> str:
    if not 1 <= len(asked) <= MOST_FIELDS:
        return f"A form has 1 to {MOST_FIELDS} fields."
    if _repeated(field.key for field in asked):
        return "Two fields of the form have the same key; the answers could not be told apart."
    for field in asked:
        if field.kind == CHOICE and not field.choices:
            return f"The field “{field.label}” offers nothing to choose from."
    return ""


def _label(text: str, what: str) -> str:
    return (
        "" if text.strip() and fits(text, LONGEST_LABEL) else f"{what} has 1 to {LONGEST_LABEL} characters."
    )


def _repeated(ids: Iterable[str]) -> bool:
    given = list(ids)
    return len(set(given)) < len(given)
