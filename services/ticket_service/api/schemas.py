"""What the interface shows: the resources as they are on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.ticket_service.api.mail_schemas import MailThreadSchema
from services.ticket_service.api.sla_schemas import SlaSchema
from services.ticket_service.domain.claim import KINDS as CLAIMS
from shared.contracts.times import UtcTime


def nullable(**kwargs: Any) -> fields.String:
    """A text that is always there and may be null."""
    return fields.String(required=True, allow_none=True, **kwargs)


class ActorSchema(Schema):
    """Who did something."""

    kind = fields.String(required=True, metadata={"enum": ["customer", "agent", "system", "phone"]})
    id = nullable(metadata={"description": "The contact's or the user's id."})
    name = fields.String(required=True, metadata={"example": "Daniele Asmonti"})


class StatusRefSchema(Schema):
    """A status as a ticket shows it."""

    key = fields.String(required=True, metadata={"example": "open"})
    label = fields.String(required=True, metadata={"example": "Open"})
    role = nullable(metadata={"example": "opening"})
    color = fields.String(required=True, metadata={"example": "#d9534f"})


class StatusSchema(StatusRefSchema):
    """A status as the administrator defined it."""

    description = fields.String(required=True)
    order = fields.Integer(required=True)
    roles = fields.List(fields.String(), required=True)
    asks_justification = fields.Boolean(
        required=True, metadata={"description": "Whether whoever sets it by hand has to say why."}
    )
    justifications = fields.List(
        fields.String(), required=True, metadata={"description": "Texts to choose from."}
    )


class IdentitySchema(Schema):
    """One way to recognise and reach a person."""

    kind = fields.String(required=True, metadata={"example": "whatsapp"})
    value = fields.String(required=True, metadata={"example": "+393351032246"})
    address = fields.String(required=True, metadata={"example": "393351032246"})


class RequesterSchema(Schema):
    """The contact who asked."""

    id = fields.String(required=True)
    name = fields.String(required=True, metadata={"example": "Daniele Asmonti"})
    stage = fields.String(required=True, metadata={"enum": ["lead", "contact"]})
    identities = fields.List(fields.Nested(IdentitySchema), required=True)
    language = fields.String(required=True, metadata={"description": "Empty: not known."})


class ClaimSchema(Schema):
    """How a visitor of a live chat says to be reached; nobody proved it."""

    kind = fields.String(required=True, metadata={"enum": list(CLAIMS)})
    value = fields.String(required=True, metadata={"example": "giulia@bianchi.example"})
    at = UtcTime(required=True)
    channel = fields.String(required=True)


class ContactSchema(RequesterSchema):
    """A person the desk knows."""

    claims = fields.List(
        fields.Nested(ClaimSchema),
        required=True,
        metadata={"description": "What the person typed in a live chat, not verified; oldest first."},
    )
    organization = nullable(metadata={"description": "Id of an organization."})
    job_title = fields.String(required=True)
    merged_into = nullable(metadata={"description": "Id of the contact that has everything of this one."})
    erased_at = UtcTime(required=True, allow_none=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class AskedSchema(Schema):
    """The question when the ticket opened; its answer is part of the description."""

    message_id = fields.String(required=True)
    asked_at = UtcTime(required=True)
    answered_at = UtcTime(required=True, allow_none=True)


class SatisfactionSchema(Schema):
    """How content the customer was when the ticket was closed."""

    score = fields.Integer(required=True, metadata={"description": "1 (worst) to 5 (best).", "example": 5})
    text = fields.String(required=True)
    at = UtcTime(required=True)


class TicketSchema(Schema):
    """A ticket. What was not filled in is null or empty."""

    id = fields.String(required=True)
    number = fields.String(required=True, metadata={"example": "TT24"})
    title = fields.String(required=True, metadata={"example": "2025-02-27 22:21:33 - +393351032246"})
    type = fields.String(required=True, metadata={"enum": ["public", "internal"]})
    status = fields.Nested(StatusRefSchema, required=True)
    channel = fields.String(required=True, metadata={"example": "whatsapp-main"})
    channel_kind = fields.String(required=True, metadata={"example": "whatsapp_cloud"})
    requester = fields.Nested(RequesterSchema, required=True, allow_none=True)
    organization = nullable()
    service = nullable()
    category = nullable()
    priority = nullable()
    severity = nullable()
    importance = nullable()
    request_type = nullable()
    group = nullable()
    assignee = nullable(metadata={"description": "Id of the responsible user."})
    product = nullable()
    project = nullable()
    contract = nullable()
    tags = fields.List(fields.String(), required=True)
    cc = fields.List(fields.String(), required=True)
    description = fields.String(
        required=True,
        metadata={
            "description": "The first message under its time in the desk's zone.",
            "example": "2025-02-27 22:21:33\nBuongiorno, vorrei contattarvi",
        },
    )
    justification = nullable()
    solution_forecast = UtcTime(required=True, allow_none=True)
    hours = fields.Float(required=True)
    days = fields.Float(required=True)
    comments_count = fields.Integer(required=True)
    conversation_id = nullable()
    last_customer_message_at = UtcTime(required=True, allow_none=True)
    closed_at = UtcTime(required=True, allow_none=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)
    created_by = fields.Nested(ActorSchema, required=True)
    source_rule = nullable()
    operation = nullable()
    linked_to = nullable(metadata={"description": "`contact:<id>` or `organization:<id>`."})
    solution = nullable()
    planned_at = UtcTime(required=True, allow_none=True)
    notify_requester = fields.Boolean(
        required=True, metadata={"description": "Whether the requester gets notices by mail."}
    )
    watchers = fields.List(fields.String(), required=True, metadata={"description": "Ids of users."})
    status_since = UtcTime(required=True, allow_none=True)
    read_at = UtcTime(required=True, allow_none=True)
    first_response_at = UtcTime(required=True, allow_none=True)
    last_agent_reply_at = UtcTime(required=True, allow_none=True)
    opening_question = fields.Nested(
        AskedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What the customer was asked when it opened."},
    )
    sla = fields.Nested(
        SlaSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What the desk promises; null where no policy is for the ticket."},
    )
    merged_into = nullable(metadata={"description": "Number of the ticket that has everything now."})
    deleted_at = UtcTime(required=True, allow_none=True)
    mail_thread = fields.Nested(
        MailThreadSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The mails on it; null where there are none."},
    )
    visible_to = nullable(
        metadata={
            "description": "Id of the one contact of the customer who sees it besides the desk; null: all do."
        }
    )
    satisfaction = fields.Nested(SatisfactionSchema, required=True, allow_none=True)


class HistoryEntrySchema(Schema):
    """One change of a ticket."""

    id = fields.String(required=True)
    at = UtcTime(required=True)
    who = fields.Nested(ActorSchema, required=True)
    what = fields.String(required=True, metadata={"example": "status"})
    before = fields.Raw(required=True, allow_none=True, data_key="from", metadata={"example": "open"})
    after = fields.Raw(required=True, allow_none=True, data_key="to", metadata={"example": "closed"})


class QuarantineItemSchema(Schema):
    """Something a service could not act on."""

    id = fields.String(required=True)
    service = fields.String(required=True, metadata={"example": "webhook_gateway"})
    reason = fields.String(required=True, metadata={"example": "unknown-channel"})
    detail = fields.String(required=True)
    payload = fields.String(required=True, metadata={"description": "The item as it came, where it is text."})
    original = nullable(metadata={"description": "Where it is as it came, when `payload` does not hold it."})
    quarantined_at = UtcTime(required=True)
    replayable = fields.Boolean(required=True)
    state = fields.String(required=True, metadata={"enum": ["held", "replayed", "discarded"]})
    decided_at = UtcTime(required=True, allow_none=True)
    decided_by = nullable(metadata={"description": "Id of the user who decided."})
