"""`presence.requested`: show the customer that an agent has read, or is writing; worthless when late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.reply_requested import Recipient, RecipientSchema
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "presence.requested"

READ: Final = "read"
TYPING: Final = "typing"


@dataclass(frozen=True, slots=True)
class PresenceRequested:
    """`provider_message_id` is the customer's latest message: that one (and all before it) has been read.

    `author` is who reads or writes.
    """

    conversation_id: str
    channel_id: str
    channel_kind: str
    recipient: Recipient
    provider_message_id: str
    sign: str
    requested_at: datetime
    author: str = ""


class PresenceRequestedSchema(ContractSchema):
    """What is checked when a sign of presence is read from the broker."""

    builds = PresenceRequested
    conversation_id = fields.String(required=True, validate=validate.Length(1, 100))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    recipient = fields.Nested(RecipientSchema, required=True)
    provider_message_id = fields.String(required=True, validate=validate.Length(1, 500))
    sign = fields.String(required=True, validate=validate.OneOf((READ, TYPING)))
    requested_at = UtcTime(required=True)
    author = fields.String(load_default="", validate=validate.Length(max=500))


EXAMPLE: Final = PresenceRequested(
    conversation_id="0197f3c1-11aa-7c3e-9a44-52f0f1b7d001",
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    recipient=Recipient("whatsapp", "393351032246", "Daniele Asmonti"),
    provider_message_id="wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg",
    sign=TYPING,
    requested_at=datetime(2025, 2, 27, 21, 21, 40, tzinfo=UTC),
    author="Anna Rossi",
)
