"""`mail.replayed`: a mail that was put aside, to be read once more (a fault in reading it is mended, say)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "mail.replayed"


@dataclass(frozen=True, slots=True)
class MailReplayed:
    """Where the mail as it came is kept (`raw_blob`), and in which mailbox it was found and when."""

    channel_id: str
    raw_blob: str
    received_at: datetime
    folder: str = ""


class MailReplayedSchema(ContractSchema):
    """What is checked when a replayed mail is read from the broker."""

    builds = MailReplayed
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    raw_blob = fields.String(required=True, validate=validate.Length(1, 100))
    received_at = UtcTime(required=True)
    folder = fields.String(load_default="", validate=validate.Length(max=500))


EXAMPLE: Final = MailReplayed(
    channel_id="support-mail",
    raw_blob="mail-3f1d7b9c2a",
    received_at=datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC),
    folder="INBOX",
)
