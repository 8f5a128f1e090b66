"""`media.failed`: an attachment of a message could not be fetched, and will not be tried again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.attachment import attachment_id
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "media.failed"


@dataclass(frozen=True, slots=True)
class MediaFailed:
    """Why (`code` a slug, `detail` for people), and what a person can do (`remedy`)."""

    attachment_id: str
    message_id: str
    channel_id: str
    channel_kind: str
    code: str
    detail: str
    remedy: str
    failed_at: datetime


class MediaFailedSchema(ContractSchema):
    """What is checked when a failed file is read from the broker."""

    builds = MediaFailed
    attachment_id = fields.String(required=True, validate=validate.Length(1, 100))
    message_id = fields.String(required=True, validate=validate.Length(1, 600))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    code = fields.String(required=True, validate=validate.Length(1, 100))
    detail = fields.String(required=True, validate=validate.Length(max=2_000))
    remedy = fields.String(required=True, validate=validate.Length(max=1_000))
    failed_at = UtcTime(required=True)


_MESSAGE: Final = "whatsapp_cloud:109876543210987:wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg"
EXAMPLE: Final = MediaFailed(
    attachment_id=attachment_id(_MESSAGE, 0),
    message_id=_MESSAGE,
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    code="too-large",
    detail="The file has 104857600 bytes; this desk takes 67108864.",
    remedy="Ask the customer to send it in a smaller form.",
    failed_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
)
