"""`media.requested`: fetch this file from the provider and put it into the blob store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.attachment import RemoteFile, RemoteFileSchema, attachment_id
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "media.requested"


@dataclass(frozen=True, slots=True)
class MediaRequested:
    """One file of one message (`message_id` is its dedupe key); asked again when somebody tries again."""

    file: RemoteFile
    message_id: str
    channel_id: str
    channel_kind: str
    requested_at: datetime


class MediaRequestedSchema(ContractSchema):
    """What is checked when a request to fetch a file is read from the broker."""

    builds = MediaRequested
    file = fields.Nested(RemoteFileSchema, required=True)
    message_id = fields.String(required=True, validate=validate.Length(1, 600))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    requested_at = UtcTime(required=True)


_MESSAGE: Final = "whatsapp_cloud:109876543210987:wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg"
EXAMPLE: Final = MediaRequested(
    file=RemoteFile(
        attachment_id(_MESSAGE, 0), "image", "1234567890", "image/jpeg", "", "q8Yk0+aJ2vN0wJ7Yw8=", None
    ),
    message_id=_MESSAGE,
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    requested_at=datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC),
)
