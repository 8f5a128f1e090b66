"""The section of settings about live chats: looks, words, form, when they are online, tickets, and mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

PRESENCE: Final = "presence"
HOURS: Final = "hours"
BOTH: Final = "both"
ALWAYS: Final = "always"
NEVER: Final = "never"
ONLINE: Final = (BOTH, PRESENCE, HOURS, ALWAYS, NEVER)
"""What makes a chat online: somebody at the desk, business hours, both of them, or nothing but this word."""
AT_ONCE: Final = "at_once"
MISSED: Final = "missed"
TICKETS: Final = (AT_ONCE, MISSED)
"""When what a visitor writes becomes a ticket by itself: with the first message, or only if it was missed."""
FORM_ALWAYS: Final = "always"
FORM_AWAY: Final = "away"
FORM_NEVER: Final = "never"
FORM_WHEN: Final = (FORM_NEVER, FORM_AWAY, FORM_ALWAYS)
POSITIONS: Final = ("end", "start")
THEMES: Final = ("auto", "light", "dark")
TEXTS: Final = ("title", "welcome", "away", "next", "form_intro", "privacy", "rating")
TEXT: Final = "text"
EMAIL: Final = "email"
PHONE: Final = "phone"
CHOICE: Final = "choice"
FIELD_KINDS: Final = (TEXT, "long_text", EMAIL, PHONE, "number", "date", CHOICE, "consent")
DETAILS: Final = {"name": TEXT, EMAIL: EMAIL, PHONE: PHONE}
"""Keys of fields that are the visitor's own details, and the kind that each has to be."""

MAX_TEXT: Final = 2_000
MOST_FIELDS: Final = 20
MOST_CHOICES: Final = 50
MOST_LANGUAGES: Final = 30
MOST_MINUTES: Final = 24 * 60
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class ChatField:
    """A field of the form before a chat; `labels` are by language, `choices` are those of kind `choice`.

    Without labels the widget has its own words for the visitor's details, and shows the key of others.
    """

    key: str
    kind: str = TEXT
    required: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


REACHABLE: Final = (ChatField("name"), ChatField(EMAIL, EMAIL, required=True))
"""What a visitor is asked so that somebody can answer when they have left."""


@dataclass(frozen=True, slots=True)
class ChatChannel:
    """One live chat's settings.

    - `texts`: by language, then by a name of TEXTS. `language`: for visitors who read none of those.
    - `form`, `form_when`: what visitors are asked before they write, and whether (FORM_WHEN).
    - `files`, `rating`, `transcript`: whether visitors send files, rate closed tickets, get the talk by mail.
    - `page_context`: whether the desk sees which pages of the site a visitor looks at.
    - `calendar`: id of business hours; empty for around the clock. `online`: one of ONLINE.
    - `tickets`: one of TICKETS. `missed_after_minutes`: unanswered for so long, a message was missed.
    - `mail_after_minutes`: answers not read for so long follow by mail, from `mailbox` (a channel's id;
      empty: the desk's first one).
    - `show_people`: visitors see who is there before they write.
    """

    language: str = "en"
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    colour: str = "#0f766e"
    position: str = "end"
    theme: str = "auto"
    form: tuple[ChatField, ...] = REACHABLE
    form_when: str = FORM_AWAY
    files: bool = True
    rating: bool = True
    transcript: bool = True
    page_context: bool = False
    calendar: str = ""
    online: str = BOTH
    tickets: str = AT_ONCE
    missed_after_minutes: int = 3
    mail_after_minutes: int = 5
    mailbox: str = ""
    show_people: bool = True


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """All live chats of the desk, by channel id; one that nobody set up has what ChatChannel begins with."""

    id: str = "desk"
    channels: dict[str, ChatChannel] = field(default_factory=dict)
    version: int = 0

    def of(self, channel_id: str) -> ChatChannel:
        """The settings of a live chat."""
        return self.channels.get(channel_id, ChatChannel())


def form_mistakes(form: Sequence[ChatField]) -> Iterator[tuple[str, str]]:
    """(field as `0.key`, what is wrong and what helps) of a form that cannot be asked like this."""
    seen: set[str] = set()
    for at, each in enumerate(form):
        if not KEY.fullmatch(each.key):
            yield f"{at}.key", "A key begins with a letter and has at most 60 of a-z, 0-9 and _."
        if each.key in seen:
            yield f"{at}.key", "There is another field with this key."
        seen.add(each.key)
        if DETAILS.get(each.key, each.kind) != each.kind:
            yield f"{at}.kind", f"The field {each.key!r} is of kind {DETAILS[each.key]!r}."
        if each.kind == CHOICE and not each.choices:
            yield f"{at}.choices", "Say what there is to choose."
        if each.kind != CHOICE and each.choices:
            yield f"{at}.choices", f"Only fields of kind {CHOICE!r} have choices."
        if len(set(each.choices)) < len(each.choices):
            yield f"{at}.choices", "Each choice only once."
