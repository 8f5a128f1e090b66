"""Mails of triage as the interface shows them, and what is decided on them."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api.mail_schemas import MailPersonSchema
from services.ticket_service.api.message_schemas import ActionSchema
from services.ticket_service.api.schemas import ActorSchema, ContactSchema, nullable
from services.ticket_service.api.ticket_schemas import RequesterGivenSchema, TicketFieldsSchema
from services.ticket_service.api.values import ID, MAX_TITLE, Label
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain.triage import STATES, TriageMail
from shared.contracts.times import UtcTime

LONGEST_REASON: Final = 1_000
_PLAIN: Final = (
    "id",
    "subject",
    "snippet",
    "received_at",
    "state",
    "reason",
    "rule",
    "attachments",
    "ticket",
)


class TriageMailSchema(Schema):
    """A mail that opened no ticket by itself; `id` is its message's."""

    id = fields.String(required=True, metadata={"example": "email:3f1d7b9c2a"})
    channel = fields.String(required=True, metadata={"example": "support-mail"})
    sender = fields.Nested(MailPersonSchema, required=True)
    subject = fields.String(required=True)
    snippet = fields.String(required=True, metadata={"description": "How it begins."})
    received_at = UtcTime(required=True)
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    reason = fields.String(
        required=True,
        metadata={
            "description": "Why it opened no ticket, or why somebody left it aside: `flood`, `bulk`,"
            " `notice`, `auto-reply`, `out-of-office`, `bounce`, `receipt`, `own`, `blocked-sender`,"
            " `no-tickets`, `rule`, or words of people."
        },
    )
    rule = fields.String(required=True, metadata={"description": "Name of the rule that decided on it."})
    attachments = fields.Integer(required=True, metadata={"description": "How many files it has."})
    ticket = nullable(metadata={"description": "Number of the ticket it became or was put on."})
    decided_by = fields.Nested(ActorSchema, required=True, allow_none=True)
    decided_at = UtcTime(required=True, allow_none=True)


class WholeTriageMailSchema(TriageMailSchema):
    """The mail whole, and who wrote it."""

    message = fields.Nested(ActionSchema, required=True)
    contact = fields.Nested(
        ContactSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Who is known by its address; a lead where nobody was."},
    )


class TriageCountsSchema(Schema):
    """How much there is to do."""

    held = fields.Integer(required=True, metadata={"description": "1000 stands for that many or more."})


class TriageTicketSchema(TicketFieldsSchema):
    """The ticket to make of a mail."""

    requester = fields.Nested(
        RequesterGivenSchema,
        metadata={"description": "The customer; who is known by the mail's address where left out."},
    )
    account_user = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={
            "description": "Id of the one contact of the customer's organization who sees the ticket; without"
            " it all of them do."
        },
    )
    title = Label(MAX_TITLE, metadata={"description": "The mail's subject where left out."})


class TriageJoinSchema(Schema):
    """The ticket that gets the mail."""

    ticket = Label(100, required=True, metadata={"example": "TT24"})


class TriageReasonSchema(Schema):
    """Why."""

    reason = fields.String(load_default="", validate=validate.Length(max=LONGEST_REASON))


def triage_wire(mail: TriageMail) -> Wire:
    """A mail of triage."""
    return {
        **{name: getattr(mail, name) for name in _PLAIN},
        "channel": mail.channel_id,
        "sender": {"address": mail.sender_address, "name": mail.sender_name},
        "decided_by": actor(mail.decided_by) if mail.decided_by is not None else None,
        "decided_at": mail.decided_at,
    }
