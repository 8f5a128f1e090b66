"""`chat.signalled`: the visitor of a live chat is shown that an agent has read, or is writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.presence_requested import READ, TYPING
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "chat.signalled"


@dataclass(frozen=True, slots=True)
class ChatSignalled:
    """`line_id` is the visitor's latest line: that one and all before it has been read. `typing` is worthless
    when late. `author` is who reads or writes.
    """

    channel_id: str
    visitor_id: str
    sign: str
    line_id: str
    at: datetime
    author: str = ""


class ChatSignalledSchema(ContractSchema):
    """What is checked when a sign is read from the broker."""

    builds = ChatSignalled
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    visitor_id = fields.String(required=True, validate=validate.Length(1, 100))
    sign = fields.String(required=True, validate=validate.OneOf((READ, TYPING)))
    line_id = fields.String(required=True, validate=validate.Length(1, 600))
    at = UtcTime(required=True)
    author = fields.String(load_default="", validate=validate.Length(max=500))


EXAMPLE: Final = ChatSignalled(
    channel_id="webchat-main",
    visitor_id="v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1",
    sign=TYPING,
    line_id="7d2f0c9e-4d5e-4f0a-9b1c-2a3b4c5d6e7f",
    at=datetime(2025, 2, 27, 21, 39, 58, tzinfo=UTC),
    author="Anna Rossi",
)
