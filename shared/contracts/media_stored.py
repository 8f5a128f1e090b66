"""`media.stored`: an attachment of a message now is in the blob store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.attachment import StoredFile, StoredFileSchema, attachment_id
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "media.stored"


@dataclass(frozen=True, slots=True)
class MediaStored:
    """The file as it was verified; `message_id` is the dedupe key of the message it belongs to."""

    file: StoredFile
    message_id: str
    channel_id: str
    channel_kind: str
    stored_at: datetime


class MediaStoredSchema(ContractSchema):
    """What is checked when a stored file is read from the broker."""

    builds = MediaStored
    file = fields.Nested(StoredFileSchema, required=True)
    message_id = fields.String(required=True, validate=validate.Length(1, 600))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    stored_at = UtcTime(required=True)


_MESSAGE: Final = "whatsapp_cloud:109876543210987:wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg"
_ID: Final = attachment_id(_MESSAGE, 0)
EXAMPLE: Final = MediaStored(
    file=StoredFile(
        _ID,
        "image",
        _ID,
        "image/jpeg",
        "",
        48_211,
        "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
    ),
    message_id=_MESSAGE,
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    stored_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
)
