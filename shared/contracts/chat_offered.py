"""`chat.offered`: what a live chat offers its visitors now: texts, looks, form, who is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.reply_parts import FORM_FIELD_KINDS
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "chat.offered"

ALWAYS: Final = "always"
AWAY: Final = "away"
NEVER: Final = "never"
FORM_WHEN: Final = (ALWAYS, AWAY, NEVER)
POSITIONS: Final = ("end", "start")
THEMES: Final = ("auto", "light", "dark")
TEXTS: Final = ("title", "welcome", "away", "next", "form_intro", "privacy", "rating")
"""The desk's own words: above the chat, its first line, the one when nobody is there, what happens to a
message left then, above the form, below it (a notice), and the question when a ticket is closed."""


@dataclass(frozen=True, slots=True)
class ChatField:
    """A field of the form before a chat; `key` `name`, `email` and `phone` are the visitor's own details.

    `labels` are by language; none: the widget's own words for those three, else the key.
    """

    key: str
    kind: str = "text"
    required: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    choices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChatPerson:
    """Somebody who answers; `picture` is a blob's id."""

    name: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class ChatOffered:
    """A whole snapshot: the one with the highest `revision` of a channel counts.

    `texts`: by language, then by a name of TEXTS; what is missing the widget says in its own words.
    `opens_at` is when business hours begin again, for a desk that is not `online` because they are over.
    `colour` is `#rrggbb`. `mails` says that answers follow by mail when the visitor has left.
    """

    channel_id: str
    revision: int
    online: bool = True
    opens_at: datetime | None = None
    people: list[ChatPerson] = field(default_factory=list)
    language: str = "en"
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    colour: str = "#0f766e"
    position: str = "end"
    theme: str = "auto"
    form: list[ChatField] = field(default_factory=list)
    form_when: str = NEVER
    files: bool = True
    rating: bool = True
    transcript: bool = True
    page_context: bool = False
    mails: bool = False


class ChatFieldSchema(ContractSchema):
    """A field of the form on the wire."""

    builds = ChatField
    key = fields.String(required=True, validate=validate.Length(1, 60))
    kind = fields.String(load_default="text", validate=validate.OneOf(FORM_FIELD_KINDS))
    required = fields.Boolean(load_default=False)
    labels = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 20)),
        values=fields.String(validate=validate.Length(max=500)),
        load_default=dict,
    )
    choices = fields.List(
        fields.String(validate=validate.Length(1, 200)), load_default=list, validate=validate.Length(max=50)
    )


class ChatPersonSchema(ContractSchema):
    """A person on the wire."""

    builds = ChatPerson
    name = fields.String(required=True, validate=validate.Length(1, 500))
    picture = fields.String(load_default="", validate=validate.Length(max=100))


class ChatOfferedSchema(ContractSchema):
    """What is checked when an offer is read from the broker."""

    builds = ChatOffered
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    online = fields.Boolean(load_default=True)
    opens_at = UtcTime(load_default=None, allow_none=True)
    people = fields.List(fields.Nested(ChatPersonSchema), load_default=list, validate=validate.Length(max=10))
    language = fields.String(load_default="en", validate=validate.Length(2, 20))
    texts = fields.Dict(
        keys=fields.String(validate=validate.Length(2, 20)),
        values=fields.Dict(
            keys=fields.String(validate=validate.OneOf(TEXTS)),
            values=fields.String(validate=validate.Length(max=2_000)),
        ),
        load_default=dict,
    )
    colour = fields.String(load_default="#0f766e", validate=validate.Regexp(r"^#[0-9a-fA-F]{6}\Z"))
    position = fields.String(load_default="end", validate=validate.OneOf(POSITIONS))
    theme = fields.String(load_default="auto", validate=validate.OneOf(THEMES))
    form = fields.List(fields.Nested(ChatFieldSchema), load_default=list, validate=validate.Length(max=20))
    form_when = fields.String(load_default=NEVER, validate=validate.OneOf(FORM_WHEN))
    files = fields.Boolean(load_default=True)
    rating = fields.Boolean(load_default=True)
    transcript = fields.Boolean(load_default=True)
    page_context = fields.Boolean(load_default=False)
    mails = fields.Boolean(load_default=False)


EXAMPLE: Final = ChatOffered(
    channel_id="webchat-main",
    revision=3,
    online=False,
    opens_at=datetime(2025, 2, 28, 8, 0, 0, tzinfo=UTC),
    people=[ChatPerson("Anna Rossi")],
    language="it",
    texts={"it": {"welcome": "Buongiorno! Come possiamo aiutarla?"}},
    form=[ChatField("name"), ChatField("email", "email", required=True)],
    form_when=AWAY,
    mails=True,
)
