"""What a received mail says besides its text: who else got it, what it answers, did a machine write it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from marshmallow import fields, validate

from shared.contracts.mail_address import MAX_REFERENCES, MailAddress, MailAddressSchema
from shared.contracts.schema import ContractSchema

REPLY: Final = "auto-reply"
OUT_OF_OFFICE: Final = "out-of-office"
NOTICE: Final = "notice"
BULK: Final = "bulk"
BOUNCE: Final = "bounce"
RECEIPT: Final = "receipt"
OWN: Final = "own"
AUTOMATIC: Final = (REPLY, OUT_OF_OFFICE, NOTICE, BULK, BOUNCE, RECEIPT, OWN)
"""Who wrote it when no person did: a machine that answers, an absence, a program's notice, a list or
newsletter, a mail server that could not deliver, a receipt (read, certified mail), this desk itself."""
MAX_ADDRESSES: Final = 100
MAX_HEADERS: Final = 120


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """The mail around the text of a message.

    `answers` are the Message-IDs (without brackets) it answers, the nearest first; `tokens` what was found
    where the desk puts its own (the addresses it went to, the ids it answers), not verified; `headers` for
    rules, decoded, each name once in lower case, repeated ones joined by line breaks. `automatic` is one of
    AUTOMATIC or empty. `raw_blob` names the mail as it came, `raw_size` in bytes. `mailbox` and `folder`:
    where it was found.
    """

    message_id: str
    subject: str
    sender: MailAddress
    to: list[MailAddress] = field(default_factory=list)
    cc: list[MailAddress] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    automatic: str = ""
    raw_blob: str = ""
    raw_size: int = 0
    mailbox: str = ""
    folder: str = ""


class ReceivedMailSchema(ContractSchema):
    """The mail around a message, on the wire."""

    builds = ReceivedMail
    message_id = fields.String(required=True, validate=validate.Length(1, 500))
    subject = fields.String(required=True, validate=validate.Length(max=1_000))
    sender = fields.Nested(MailAddressSchema, required=True)
    to = fields.List(
        fields.Nested(MailAddressSchema), load_default=list, validate=validate.Length(max=MAX_ADDRESSES)
    )
    cc = fields.List(
        fields.Nested(MailAddressSchema), load_default=list, validate=validate.Length(max=MAX_ADDRESSES)
    )
    answers = fields.List(
        fields.String(validate=validate.Length(1, 500)),
        load_default=list,
        validate=validate.Length(max=MAX_REFERENCES),
    )
    tokens = fields.List(
        fields.String(validate=validate.Length(1, 60)), load_default=list, validate=validate.Length(max=20)
    )
    headers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.String(validate=validate.Length(max=4_000)),
        load_default=dict,
        validate=validate.Length(max=MAX_HEADERS),
    )
    automatic = fields.String(load_default="", validate=validate.OneOf(("", *AUTOMATIC)))
    raw_blob = fields.String(load_default="", validate=validate.Length(max=100))
    raw_size = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0))
    mailbox = fields.String(load_default="", validate=validate.Length(max=320))
    folder = fields.String(load_default="", validate=validate.Length(max=500))
