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


class VisitedPageSchema(Schema):
    """A page of the site."""

    url = fields.String(required=True, metadata={"example": "https://shop.example/cart"})
    title = fields.String(required=True)
    at = UtcTime(required=True)


class VisitSchema(Schema):
    """What is known of a visitor's stay on the site; what was not told is empty."""

    referrer = fields.String(required=True)
    pages = fields.List(
        fields.Nested(VisitedPageSchema),
        required=True,
        metadata={"description": "The newest 20, oldest first: the last one is where the visitor is."},
    )
    campaign = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "The `utm_` values without their prefix.", "example": {"source": "ad"}},
    )
    language = fields.String(required=True, metadata={"description": "The browser's.", "example": "it"})
    time_zone = fields.String(required=True, metadata={"example": "Europe/Rome"})
    answers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "To the form's own fields, by key."},
    )
    consents = fields.List(
        fields.String(), required=True, metadata={"description": "Keys of what was agreed to."}
    )
    verified = fields.Boolean(
        required=True, metadata={"description": "Whether the site's own server says who it is."}
    )
    updated_at = UtcTime(required=True)


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
    present = fields.Boolean(
        required=True, metadata={"description": "Whether the visitor of a live chat is there now."}
    )
    present_at = UtcTime(required=True, allow_none=True)
    left_at = UtcTime(required=True, allow_none=True)
    waiting_since = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "Since when a message in a live chat waits that is on no ticket."},
    )
    missed_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "When a waiting message counted as missed; there was no address for an answer."
        },
    )
    visit = fields.Nested(
        VisitSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The visitor's stay; null where it is no live chat."},
    )
    last_message = fields.Nested(BeginningSchema, required=True, allow_none=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)
