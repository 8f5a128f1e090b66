"""What a mail to a customer needs besides its text: subject, copies, what it answers, header and footer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from marshmallow import fields, validate

from shared.contracts.mail_address import (
    LINE,
    MARK,
    MAX_REFERENCES,
    MESSAGE_ID,
    MailAddress,
    MailAddressSchema,
    whole,
)
from shared.contracts.schema import ContractSchema

MAX_CC: Final = 50


@dataclass(frozen=True, slots=True)
class ReplyMail:
    """For channels that are mailboxes.

    `references` are the Message-IDs it answers (without brackets), the nearest last. `token` becomes part of
    its Message-ID and, on a mailbox that takes it, of the address that answers go to. `header` and `footer`
    (with the signature) stand around the text, `quoted` is what is answered, shown below all of it.
    `automatic`: no person wrote it, so no machine shall answer it, and the breaker counts it. `from_name` is
    shown with the mailbox's address instead of the channel's own.
    """

    subject: str
    cc: list[MailAddress] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    token: str = ""
    header: str = ""
    footer: str = ""
    quoted: str = ""
    automatic: bool = False
    from_name: str = ""


class ReplyMailSchema(ContractSchema):
    """The mail around a reply, on the wire."""

    builds = ReplyMail
    subject = fields.String(
        required=True, validate=(validate.Length(max=500), whole(LINE, "More than one line."))
    )
    cc = fields.List(
        fields.Nested(MailAddressSchema), load_default=list, validate=validate.Length(max=MAX_CC)
    )
    references = fields.List(
        fields.String(validate=whole(MESSAGE_ID, "Not a Message-ID.")),
        load_default=list,
        validate=validate.Length(max=MAX_REFERENCES),
    )
    token = fields.String(load_default="", validate=whole(MARK, "Not a token."))
    header = fields.String(load_default="", validate=validate.Length(max=10_000))
    footer = fields.String(load_default="", validate=validate.Length(max=10_000))
    quoted = fields.String(load_default="", validate=validate.Length(max=50_000))
    automatic = fields.Boolean(load_default=False)
    from_name = fields.String(
        load_default="", validate=(validate.Length(max=200), whole(LINE, "More than one line."))
    )
