"""`reply.requested`: send this to the customer, on this conversation's channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.contracts.attachment import StoredFile, StoredFileSchema
from shared.contracts.reply_mail import ReplyMail, ReplyMailSchema
from shared.contracts.reply_parts import (
    ContactCard,
    ContactCardSchema,
    Interactive,
    InteractiveSchema,
    Location,
    LocationSchema,
    Reaction,
    ReactionSchema,
)
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "reply.requested"

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text",),
    "media": ("attachments",),
    "template": ("template",),
    "interactive": ("text", "interactive"),
    "location": ("location",),
    "contacts": ("contacts",),
    "reaction": ("reaction",),
}
KINDS: Final = tuple(NEEDED)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where it goes: the provider's own address of the customer, and the name for texts that use it."""

    kind: str
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """An approved template; `components` as the Cloud API documents them, whatever the provider is.

    A media parameter names a file of ours: `{"type": "image", "image": {"attachment_id": "…"}}`.
    """

    name: str
    language: str
    components: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReplyContent:
    """What is sent. Which fields a kind uses:

    `text`: text · `media`: attachments in their order, with a text before or as caption · `template`:
    template, and attachments that its components name · `interactive`: text (the body) and interactive ·
    `location`, `contacts`, `reaction`: the field of that name.
    """

    kind: str
    text: str = ""
    template: TemplateContent | None = None
    attachments: list[StoredFile] = field(default_factory=list)
    interactive: Interactive | None = None
    location: Location | None = None
    contacts: list[ContactCard] = field(default_factory=list)
    reaction: Reaction | None = None


@dataclass(frozen=True, slots=True)
class ReplyRequested:
    """One send. `send_id` with `attempt` is the idempotency key: asked twice, sent once. Times are UTC.

    `author` is who wrote it, `author_picture` the id of the blob with that person's picture.
    `attempt` grows when somebody asks to send the same message again after it failed. `reply_to` is the
    provider's id of the message that is quoted. `mail` is set where the channel is a mailbox.
    """

    send_id: str
    conversation_id: str
    ticket_number: str
    channel_id: str
    channel_kind: str
    recipient: Recipient
    content: ReplyContent
    requested_at: datetime
    window_expires_at: datetime | None = None
    author: str = ""
    reply_to: str | None = None
    attempt: int = 0
    mail: ReplyMail | None = None
    author_picture: str = ""


class RecipientSchema(ContractSchema):
    """A recipient on the wire."""

    builds = Recipient
    kind = fields.String(required=True, validate=validate.Length(1, 40))
    address = fields.String(required=True, validate=validate.Length(1, 320))
    name = fields.String(load_default="", validate=validate.Length(max=500))


class TemplateContentSchema(ContractSchema):
    """A template to send, on the wire."""

    builds = TemplateContent
    name = fields.String(required=True, validate=validate.Length(1, 512))
    language = fields.String(required=True, validate=validate.Length(2, 20))
    components = fields.List(
        fields.Dict(keys=fields.String()), load_default=list, validate=validate.Length(max=20)
    )


class ReplyContentSchema(ContractSchema):
    """The content of a reply on the wire."""

    builds = ReplyContent
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = fields.String(load_default="", validate=validate.Length(max=100_000))
    template = fields.Nested(TemplateContentSchema, load_default=None, allow_none=True)
    attachments = fields.List(
        fields.Nested(StoredFileSchema), load_default=list, validate=validate.Length(max=30)
    )
    interactive = fields.Nested(InteractiveSchema, load_default=None, allow_none=True)
    location = fields.Nested(LocationSchema, load_default=None, allow_none=True)
    contacts = fields.List(
        fields.Nested(ContactCardSchema), load_default=list, validate=validate.Length(max=20)
    )
    reaction = fields.Nested(ReactionSchema, load_default=None, allow_none=True)

    @validates_schema
    def _content_matches_kind(self, data: dict[str, Any], **kwargs: Any) -> None:
        for name in NEEDED[data["kind"]]:
            if not data.get(name):
                raise ValidationError(f"A reply of kind {data['kind']} needs its {name}.", name)


class ReplyRequestedSchema(ContractSchema):
    """What is checked when a request to send is read from the broker."""

    builds = ReplyRequested
    send_id = fields.String(required=True, validate=validate.Length(1, 600))
    conversation_id = fields.String(required=True, validate=validate.Length(1, 100))
    ticket_number = fields.String(required=True, validate=validate.Length(max=100))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    recipient = fields.Nested(RecipientSchema, required=True)
    content = fields.Nested(ReplyContentSchema, required=True)
    requested_at = UtcTime(required=True)
    window_expires_at = UtcTime(load_default=None, allow_none=True)
    author = fields.String(load_default="", validate=validate.Length(max=500))
    reply_to = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 500))
    attempt = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 10_000))
    mail = fields.Nested(ReplyMailSchema, load_default=None, allow_none=True)
    author_picture = fields.String(load_default="", validate=validate.Length(max=100))


EXAMPLE: Final = ReplyRequested(
    send_id="0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d11",
    conversation_id="0197f3c1-11aa-7c3e-9a44-52f0f1b7d001",
    ticket_number="TT24",
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    recipient=Recipient("whatsapp", "393351032246", "Daniele Asmonti"),
    content=ReplyContent("text", "Benissimo grazie"),
    requested_at=datetime(2025, 2, 27, 21, 40, 1, tzinfo=UTC),
    window_expires_at=datetime(2025, 2, 28, 21, 21, 43, tzinfo=UTC),
    author="Anna Rossi",
)
