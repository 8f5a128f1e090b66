"""Conversations as the interface shows them, and what is said in them."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.api.message_schemas import ActionSchema
from services.ticket_service.api.schemas import ActorSchema, RequesterSchema, nullable
from shared.contracts.times import UtcTime


class SaidSchema(ActionSchema):
    """One thing said in a conversation."""

    ticket = nullable(metadata={"description": "Number of the ticket that it is on."})


class BeginningSchema(Schema):
    """What was said last, in short."""

    id = fields.String(required=True)
    direction = fields.String(required=True, metadata={"enum": ["in", "out", "note"]})
    kind = fields.String(required=True, metadata={"example": "text"})
    author = fields.Nested(ActorSchema, required=True)
    text = fields.String(required=True, metadata={"description": "Its beginning."})
    occurred_at = UtcTime(required=True)
    delivery = nullable(metadata={"description": "State of its delivery; null for what came in."})


class ConversationSchema(Schema):
    """Everything one contact and the desk said to each other on one channel."""

    id = fields.String(required=True)
    contact = fields.Nested(RequesterSchema, required=True, allow_none=True)
    channel = fields.String(required=True)
    channel_kind = fields.String(required=True)
    last_inbound_at = UtcTime(required=True, allow_none=True)
    window_open = fields.Boolean(
        required=True, metadata={"description": "Whether free text may be sent now."}
    )
    window_expires_at = UtcTime(required=True, allow_none=True)
    open_ticket = nullable(metadata={"description": "Number of the ticket that messages join now."})
    drafts = fields.List(
        fields.String(), required=True, metadata={"description": "Ids of answers that wait, in their order."}
    )
    last_message = fields.Nested(BeginningSchema, required=True, allow_none=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)
