"""Webhooks on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.ticket_service.api.named import ChangeSchema
from services.ticket_service.api.pages import PageQuery
from services.ticket_service.api.values import MAX_LABEL
from services.ticket_service.domain.webhook import STATES
from shared.contracts import ticket_fact
from shared.contracts.times import UtcTime


class WebhookFieldsSchema(Schema):
    """What people say of a webhook."""

    description = fields.String(validate=validate.Length(max=MAX_LABEL))
    active = fields.Boolean()


def _url(**kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(1, 2_000),
        metadata={
            "description": "https on its usual port, a host of the public internet.",
            "example": "https://hooks.example.com/sportello",
        },
        **kwargs,
    )


def _events(**kwargs: Any) -> fields.List:
    return fields.List(
        fields.String(validate=validate.OneOf(ticket_fact.TYPES)), validate=validate.Length(1, 50), **kwargs
    )


class WebhookToCreateSchema(WebhookFieldsSchema):
    """A new endpoint."""

    url = _url(required=True)
    events = _events(required=True)


class WebhookChangeSchema(ChangeSchema, WebhookFieldsSchema):
    """What to change of an endpoint."""

    url = _url()
    events = _events()


class WebhookSchema(Schema):
    """An endpoint; its secret is shown once only."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    active = fields.Boolean(required=True)
    disabled_reason = fields.String(
        required=True, metadata={"description": "Why the desk switched it off by itself; else empty."}
    )
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)
    previous_until = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "Until when deliveries carry the former secret's signature as well."},
    )


class WebhookWithSecretSchema(WebhookSchema):
    """The same with its secret, in the answer to making or rotating it only."""

    secret = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Keep it: it is not shown again (a repeat with an Idempotency-Key has null).",
            "example": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        },
    )


class AttemptSchema(Schema):
    """One try."""

    at = UtcTime(required=True)
    status = fields.Integer(required=True, allow_none=True, metadata={"description": "HTTP status."})
    error = fields.String(required=True, metadata={"description": "What was wrong; empty when nothing was."})
    milliseconds = fields.Integer(required=True)


class WebhookDeliverySchema(Schema):
    """One event for one endpoint."""

    id = fields.String(required=True, metadata={"description": "`webhook-id` of each try."})
    event_id = fields.String(required=True)
    event_type = fields.String(required=True)
    ticket_number = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    tries = fields.Integer(required=True, metadata={"description": "Since it was sent, or sent again."})
    created_at = UtcTime(required=True)
    due_at = UtcTime(
        required=True, allow_none=True, metadata={"description": "When it is tried next; null at its end."}
    )
    delivered_at = UtcTime(required=True, allow_none=True)
    body = fields.String(required=True, metadata={"description": "What is sent, byte for byte."})
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    state = fields.String(validate=validate.OneOf(STATES))
