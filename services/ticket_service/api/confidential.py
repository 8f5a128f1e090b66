"""What customers are asked in confidence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import confidential as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.reply_schemas import DRAFT, REFUSE
from services.ticket_service.api.schemas import ActorSchema
from services.ticket_service.api.timeline import ticket_id
from services.ticket_service.api.values import END, MAX_LABEL, Label, Text
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.confidential import (
    MOST_FIELDS,
    STATES,
    ConfidentialField,
    ConfidentialRequest,
)
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "confidential",
    __name__,
    url_prefix=f"{PREFIX}/tickets",
    description="Asking customers for what does not belong into a chat.",
)
MOST_QUESTION: Final = 2_000
MOST_HOURS: Final = 24 * 30
MOST_DAYS: Final = 365
_ONE_FIELD: Final = ({"key": "answer", "label": "", "required": True, "long": True},)
"""The form where no fields are named: one, under the question itself."""
_KEY: Final = validate.Regexp(rf"^[a-z][a-z0-9_]{{0,39}}{END}", error="Lower case letters, digits and _.")


class ConfidentialFieldSchema(Schema):
    """One thing the form asks for."""

    key = fields.String(required=True, validate=_KEY, metadata={"example": "iban"})
    label = Label(MAX_LABEL, required=True, metadata={"example": "IBAN"})
    required = fields.Boolean(load_default=True)
    long = fields.Boolean(load_default=False, metadata={"description": "Room for several lines."})


class ShownFieldSchema(Schema):
    """One thing the form asks for."""

    key = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "Empty: the question stands for it."})
    required = fields.Boolean(required=True)
    long = fields.Boolean(required=True)


class ConfidentialToAskSchema(Schema):
    """What to ask, until when, and how long the answer is kept."""

    question = Text(MOST_QUESTION, required=True)
    fields_ = fields.List(
        fields.Nested(ConfidentialFieldSchema),
        data_key="fields",
        validate=validate.Length(1, MOST_FIELDS),
        metadata={"description": "Without them the form has one field for the answer to the question."},
    )
    expires_in_hours = fields.Integer(
        load_default=72,
        strict=True,
        validate=validate.Range(1, MOST_HOURS),
        metadata={"description": "How long the link works."},
    )
    keep_days = fields.Integer(
        load_default=7,
        strict=True,
        validate=validate.Range(1, MOST_DAYS),
        metadata={"description": "After so many days the answer is deleted."},
    )
    when_closed = fields.String(load_default=REFUSE, validate=validate.OneOf((REFUSE, DRAFT)))

    @validates_schema
    def _keys(self, data: dict[str, Any], **kwargs: Any) -> None:
        keys = [each["key"] for each in data.get("fields_", ())]
        if len(keys) != len(set(keys)):
            raise ValidationError("Two fields have the same key.", "fields")


class ConfidentialRequestSchema(Schema):
    """What was asked and how it stands; never the answer."""

    id = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    question = fields.String(required=True)
    fields_ = fields.List(fields.Nested(ShownFieldSchema), data_key="fields", required=True)
    message_id = fields.String(required=True, metadata={"description": "The answer that took the link out."})
    created_at = UtcTime(required=True)
    created_by = fields.Nested(ActorSchema, required=True)
    expires_at = UtcTime(required=True)
    answered_at = UtcTime(required=True, allow_none=True)
    delete_at = UtcTime(required=True, allow_none=True)


class ConfidentialAnswerSchema(Schema):
    """What the customer entered."""

    answers = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"example": {"iban": "IT60…"}}
    )


@blueprint.route("/<number>/confidential-requests", methods=["POST"])
@blueprint.arguments(
    ConfidentialToAskSchema,
    example={"question": "Where shall we send the refund?", "fields": [{"key": "iban", "label": "IBAN"}]},
)
@blueprint.operation(
    "Ask the customer for something in confidence",
    *(404, 413, 415),
    idempotent=True,
    needs=permissions.TICKETS_REPLY,
)
@blueprint.response(201, ConfidentialRequestSchema)
def ask(body: dict[str, Any], number: str) -> Response:
    """Sends the question with a link to a form as an answer on the customer's channel; the link works once.

    What the customer enters is encrypted, is in no chat, search, event or export, and is deleted after
    `keep_days`. 409 `template-required` as for an answer.
    """
    wanted = body.get("fields_", _ONE_FIELD)
    asked = acts.Asked(
        body["question"],
        tuple(ConfidentialField(**each) for each in wanted),
        timedelta(hours=body["expires_in_hours"]),
        body["keep_days"],
        body["when_closed"] == DRAFT,
    )

    def work(request: Once) -> Response:
        services = context.services()
        done = acts.ask(
            *(services.desk, services.vault, number, asked, services.channel_queries.synced),
            request.frame(),
            lambda done: request.record(201, _rendered(done)),
        )
        return answer(201, _rendered(done))

    return once(body, work)


@blueprint.route("/<number>/confidential-requests", methods=["GET"])
@blueprint.operation("List what was asked in confidence", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(ConfidentialRequestSchema))
def find(number: str) -> Wire:
    """All on one page, the oldest first; a ticket has at most 100."""
    found = acts.requests_of(context.services().desk.store, ticket_id(number))
    return {"items": [_wire(each) for each in found], "next": None}


@blueprint.route("/<number>/confidential-requests/<request_id>/answer", methods=["GET"])
@blueprint.operation(
    "Read what a customer entered in confidence", 404, 409, needs=permissions.CONFIDENTIAL_READ
)
@blueprint.response(200, ConfidentialAnswerSchema)
def read(number: str, request_id: str) -> Wire:
    """Each reading is written into the audit log before the answer is given out."""
    services = context.services()
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    return {"answers": acts.read_answer(services.desk, services.vault, number, request_id, frame)}


@blueprint.route("/<number>/confidential-requests/<request_id>", methods=["DELETE"])
@blueprint.operation("Withdraw a request, or delete its answer", 404, 409, needs=permissions.TICKETS_REPLY)
@blueprint.response(204)
def withdraw(number: str, request_id: str) -> Response:
    """The link works no longer; an answer that is there is gone for good. The request itself stays listed."""
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    acts.withdraw(context.services().desk, number, request_id, frame)
    return Response(status=204)


def _rendered(request: ConfidentialRequest) -> Wire:
    return ConfidentialRequestSchema().dump(_wire(request))


def _wire(request: ConfidentialRequest) -> Wire:
    named = ("id", "question", "message_id", "created_at", "expires_at", "answered_at", "delete_at")
    return {
        **{name: getattr(request, name) for name in named},
        "state": request.state(context.services().desk.clock()),
        "fields_": [
            {"key": each.key, "label": each.label, "required": each.required, "long": each.long}
            for each in request.fields
        ],
        "created_by": actor(request.created_by),
    }
