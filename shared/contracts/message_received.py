"""`message.received`: something a customer said or did, on any channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import fields, validate

from shared.contracts.attachment import RemoteFile, RemoteFileSchema
from shared.contracts.received_mail import ReceivedMail, ReceivedMailSchema
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime
from shared.contracts.visitor import Visitor, VisitorSchema

TYPE: Final = "message.received"

IN: Final = "in"
OUT: Final = "out"

KINDS: Final = (
    "text",
    "image",
    "audio",
    "voice",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "button_reply",
    "list_reply",
    "flow_reply",
    "order",
    "edit",
    "revoke",
    "referral",
    "system",
    "unsupported",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to recognise a person: `value` is for matching, `address` is what the provider wants back."""

    kind: str
    value: str
    address: str

    @property
    def key(self) -> str:
        """The identity as one string, unique over all contacts."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Sender:
    """The customer: at least one identity (answers go to the first), the name as the provider shows it."""

    identities: list[Identity]
    name: str = ""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """One item of a webhook or mailbox. `occurred_at` is the provider's time, `received_at` ours.

    `direction` is `out` for what the business itself wrote outside the desk (its phone app, say): `sender` is
    the customer all the same. `target` is the provider's id of the message that a reaction, an edit or a
    revoke is about. An identity the person gave up (another number) comes behind the one that replaced it.
    `mail` is set where the channel is a mailbox, `visitor` where it is a live chat.
    """

    dedupe_key: str
    channel_id: str
    channel_kind: str
    provider_message_id: str
    contact_key: str
    sender: Sender
    occurred_at: datetime
    received_at: datetime
    kind: str
    text: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    reply_to: str | None = None
    reply_window_seconds: int | None = None
    raw: str = ""
    direction: str = IN
    target: str | None = None
    attachments: list[RemoteFile] = field(default_factory=list)
    mail: ReceivedMail | None = None
    visitor: Visitor | None = None


class IdentitySchema(ContractSchema):
    """An identity on the wire."""

    builds = Identity
    kind = fields.String(required=True, validate=validate.Length(1, 40))
    value = fields.String(required=True, validate=validate.Length(1, 320))
    address = fields.String(required=True, validate=validate.Length(1, 320))


class SenderSchema(ContractSchema):
    """A sender on the wire."""

    builds = Sender
    identities = fields.List(fields.Nested(IdentitySchema), required=True, validate=validate.Length(1, 10))
    name = fields.String(load_default="", validate=validate.Length(max=500))


class MessageReceivedSchema(ContractSchema):
    """What is checked when a message is read from the broker."""

    builds = MessageReceived
    dedupe_key = fields.String(required=True, validate=validate.Length(1, 600))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    provider_message_id = fields.String(required=True, validate=validate.Length(1, 500))
    contact_key = fields.String(required=True, validate=validate.Length(1, 400))
    sender = fields.Nested(SenderSchema, required=True)
    occurred_at = UtcTime(required=True)
    received_at = UtcTime(required=True)
    kind = fields.String(required=True, validate=validate.Length(1, 40))
    text = fields.String(load_default="", validate=validate.Length(max=100_000))
    content = fields.Dict(keys=fields.String(), load_default=dict)
    reply_to = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    reply_window_seconds = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 31 * 86_400)
    )
    raw = fields.String(load_default="")
    direction = fields.String(load_default=IN, validate=validate.OneOf((IN, OUT)))
    target = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    attachments = fields.List(
        fields.Nested(RemoteFileSchema), load_default=list, validate=validate.Length(max=30)
    )
    mail = fields.Nested(ReceivedMailSchema, load_default=None, allow_none=True)
    visitor = fields.Nested(VisitorSchema, load_default=None, allow_none=True)


EXAMPLE: Final = MessageReceived(
    dedupe_key="whatsapp_cloud:109876543210987:wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg",
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    provider_message_id="wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg",
    contact_key="whatsapp-main:+393351032246",
    sender=Sender([Identity("whatsapp", "+393351032246", "393351032246")], "Daniele Asmonti"),
    occurred_at=datetime(2025, 2, 27, 21, 21, 33, tzinfo=UTC),
    received_at=datetime(2025, 2, 27, 21, 21, 34, 120_000, tzinfo=UTC),
    kind="text",
    text="Buongiorno, vorrei contattarvi",
    reply_window_seconds=86_400,
    raw='{"type":"text","text":{"body":"Buongiorno, vorrei contattarvi"}}',
)
