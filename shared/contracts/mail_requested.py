"""`mail.requested`: send this mail, once: a notice, or what an agent writes to people by mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.attachment import StoredFile, StoredFileSchema
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
from shared.contracts.times import UtcTime

TYPE: Final = "mail.requested"

MAX_RECIPIENTS: Final = 100
_HEADER: Final = r"(X-[A-Za-z0-9-]{1,60}|List-[A-Za-z-]{1,30})"
"""What a mail may have besides; all others are the sender's to write."""


@dataclass(frozen=True, slots=True)
class MailRequested:
    """One mail to all of `to` and `cc`, who see each other. `mail_id` is the idempotency key.

    `sender` is only a wish: without it the mail is from the address the notifier is set to. `automatic`: no
    person wrote it, so no machine shall answer it. `message_id`: the desk's message that this mail carries;
    how it stands is then told with `delivery.changed` under that id. Asked for the `attempt`-th time again
    (with a `mail_id` of its own) it goes to those who did not get it. `html` goes beside `text`, never alone.
    `channel_id`: the mailbox of the desk it is from and whose mail server it goes through; without one, those
    the notifier is set to. `token` becomes part of its Message-ID and, on a mailbox that takes it, of the
    address that answers go to; `references` are the Message-IDs it answers, the nearest last.
    """

    mail_id: str
    to: list[MailAddress]
    subject: str
    text: str
    requested_at: datetime
    cc: list[MailAddress] = field(default_factory=list)
    sender: MailAddress | None = None
    reply_to: MailAddress | None = None
    html: str = ""
    ticket_number: str = ""
    message_id: str = ""
    attempt: int = 0
    automatic: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    attachments: list[StoredFile] = field(default_factory=list)
    channel_id: str = ""
    token: str = ""
    references: list[str] = field(default_factory=list)


class MailRequestedSchema(ContractSchema):
    """What is checked when a mail is read from the broker; no header can hold a second one."""

    builds = MailRequested
    mail_id = fields.String(required=True, validate=validate.Length(1, 600))
    to = fields.List(
        fields.Nested(MailAddressSchema), required=True, validate=validate.Length(1, MAX_RECIPIENTS)
    )
    subject = fields.String(
        required=True, validate=(validate.Length(max=500), whole(LINE, "More than one line."))
    )
    text = fields.String(required=True, validate=validate.Length(max=100_000))
    requested_at = UtcTime(required=True)
    cc = fields.List(
        fields.Nested(MailAddressSchema), load_default=list, validate=validate.Length(max=MAX_RECIPIENTS)
    )
    sender = fields.Nested(MailAddressSchema, load_default=None, allow_none=True)
    reply_to = fields.Nested(MailAddressSchema, load_default=None, allow_none=True)
    html = fields.String(load_default="", validate=validate.Length(max=400_000))
    ticket_number = fields.String(
        load_default="", validate=(validate.Length(max=100), whole(LINE, "More than one line."))
    )
    message_id = fields.String(load_default="", validate=validate.Length(max=600))
    attempt = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 10_000))
    automatic = fields.Boolean(load_default=False)
    headers = fields.Dict(
        keys=fields.String(validate=whole(_HEADER, "Not a header that can be given.")),
        values=fields.String(validate=(validate.Length(max=900), whole(LINE, "More than one line."))),
        load_default=dict,
        validate=validate.Length(max=20),
    )
    attachments = fields.List(
        fields.Nested(StoredFileSchema), load_default=list, validate=validate.Length(max=30)
    )
    channel_id = fields.String(load_default="", validate=validate.Length(max=40))
    token = fields.String(load_default="", validate=whole(MARK, "Not a token."))
    references = fields.List(
        fields.String(validate=whole(MESSAGE_ID, "Not a Message-ID.")),
        load_default=list,
        validate=validate.Length(max=MAX_REFERENCES),
    )


EXAMPLE: Final = MailRequested(
    mail_id="0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d21",
    to=[MailAddress("anna@example.com", "Anna Rossi")],
    subject="[TT24] Buongiorno, vorrei contattarvi",
    text="Daniele Asmonti ha scritto: Buongiorno, vorrei contattarvi",
    requested_at=datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC),
    reply_to=MailAddress("desk@example.com", "Service desk"),
    html="<p>Daniele Asmonti ha scritto: <b>Buongiorno, vorrei contattarvi</b></p>",
    ticket_number="TT24",
    automatic=True,
    headers={"X-Sportello-Event": "ticket.opened"},
)
