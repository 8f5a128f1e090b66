"""The texts that presets and dictionaries begin with, as translators find them, and in a language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from flask_babel import force_locale, gettext, lazy_gettext

from services.ticket_service.domain.dictionary import FIRST_ENTRIES
from services.ticket_service.domain.status import Status

WORDS: Final = (
    *(lazy_gettext("Open"), lazy_gettext("Closed"), lazy_gettext("Pending"), lazy_gettext("New")),
    *(lazy_gettext("Waiting for response"), lazy_gettext("Customer responded"), lazy_gettext("Done.")),
    *(lazy_gettext("In progress"), lazy_gettext("In Progress"), lazy_gettext("Unread"), lazy_gettext("Read")),
    *(lazy_gettext("Assigned"), lazy_gettext("Waiting for feedback"), lazy_gettext("Spam")),
    *(lazy_gettext("Resolved"), lazy_gettext("Solved"), lazy_gettext("Solved."), lazy_gettext("Duplicate")),
    lazy_gettext("Opened by the customer's first message."),
    lazy_gettext("We answered; now it is the customer's turn."),
    lazy_gettext("The customer wrote again; now it is our turn."),
    lazy_gettext("New, or answered by the customer."),
    lazy_gettext("Somebody is at work on it."),
    lazy_gettext("Nobody has looked at it yet."),
    lazy_gettext("Somebody has looked at it."),
    lazy_gettext("It has somebody who will do it."),
    lazy_gettext("Needs attention now."),
    lazy_gettext("Assigned or answered, but not solved yet."),
    lazy_gettext("Not meant for us."),
    lazy_gettext("Not taken up yet."),
    lazy_gettext("Somebody is at work on it, or the customer wrote again."),
    lazy_gettext("Waiting for the customer."),
    lazy_gettext("Solved as far as we know."),
    lazy_gettext("Done for good."),
    lazy_gettext("Waiting for the customer"),
    lazy_gettext("Waiting for a third party"),
    lazy_gettext("Planned for later"),
    lazy_gettext("Workaround given"),
    lazy_gettext("No fault found"),
    lazy_gettext("Confirmed by the customer"),
    lazy_gettext("No answer from the customer"),
)
"""All texts of domain/presets.py; a test holds that none is missing."""

ENTRIES: Final = (
    *(lazy_gettext("Low"), lazy_gettext("Medium"), lazy_gettext("High"), lazy_gettext("Urgent")),
    *(lazy_gettext("Question"), lazy_gettext("Suggestion"), lazy_gettext("Problem")),
    *(lazy_gettext("Minor"), lazy_gettext("Normal"), lazy_gettext("Blocking")),
    *(lazy_gettext("Assistance"), lazy_gettext("Incident"), lazy_gettext("Change")),
    *(lazy_gettext("Commercial"), lazy_gettext("Other")),
)
"""What dictionaries begin with (domain/dictionary.py)."""


def in_language(statuses: Iterable[Status], language: str) -> list[Status]:
    """The statuses with their texts in this language."""
    with force_locale(language):
        return [
            replace(
                each,
                label=gettext(each.label),
                description=gettext(each.description),
                justifications=tuple(gettext(text) for text in each.justifications),
            )
            for each in statuses
        ]


def first_words(language: str) -> dict[str, str]:
    """What dictionaries begin with, and how this language says it."""
    with force_locale(language):
        return {each.label: gettext(each.label) for each in FIRST_ENTRIES}
