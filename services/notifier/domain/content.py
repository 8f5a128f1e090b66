"""What is sent: a text, files, a template, choices, a place, cards or a reaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TEXT: Final = "text"
MEDIA: Final = "media"
TEMPLATE: Final = "template"
INTERACTIVE: Final = "interactive"
LOCATION: Final = "location"
CONTACTS: Final = "contacts"
REACTION: Final = "reaction"
NOTICE: Final = "notice"

BUTTONS: Final = "buttons"
LIST: Final = "list"
CTA_URL: Final = "cta_url"
FORM: Final = "form"


@dataclass(frozen=True, slots=True)
class File:
    """A file in the blob store. `kind`: image, audio, voice, video, document, sticker; `size` in bytes."""

    id: str
    kind: str
    blob_id: str
    mime_type: str
    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template with its components as the Cloud API documents them, whatever the provider is.

    A media parameter names one of the content's files: `{"type": "image", "image": {"attachment_id": "…"}}`.
    """

    name: str
    language: str
    components: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the customer can tap; `id` comes back with the answer."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Some choices of a list under a heading."""

    title: str
    rows: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class FormField:
    """Something the customer is asked in a form; `choices` are those of kind `choice`."""

    key: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interactive:
    """`buttons` uses buttons; `list` uses button (what opens it) and sections; `cta_url` button and url;
    `form` form_fields and button (what sends it).
    """

    kind: str
    header: str = ""
    footer: str = ""
    button: str = ""
    url: str = ""
    buttons: tuple[Choice, ...] = ()
    sections: tuple[Section, ...] = ()
    form_fields: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """A place; degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody's card."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message (`target`: the provider's id); an empty emoji takes the reaction back."""

    target: str
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent. Which fields a kind uses:

    `text`: text · `media`: files, with text as what accompanies them · `template`: template, and the files
    its components name · `interactive`: text (the body) and interactive · `location`, `contacts`,
    `reaction`: the field of that name · `notice`: what happened to the ticket, its name as text.

    As it is asked for, it may need several messages of the provider; a delivery's content is *one* message
    of the provider (its text is short enough, media has as many files as that takes, often only one).
    """

    kind: str
    text: str = ""
    template: Template | None = None
    files: tuple[File, ...] = field(default=())
    interactive: Interactive | None = None
    location: Location | None = None
    contacts: tuple[ContactCard, ...] = ()
    reaction: Reaction | None = None

    @property
    def file(self) -> File | None:
        """The only file of a media message; None where there is none."""
        return self.files[0] if self.files else None
