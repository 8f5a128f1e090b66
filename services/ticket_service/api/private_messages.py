"""Private messages by mail, and who watches a ticket."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.internal import watch
from services.ticket_service.act.private_messages import MOST_RECIPIENTS, PrivateText, send_private
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.message_schemas import ActionSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.replies import remember, rendered
from services.ticket_service.api.values import ID, MAX_TEXT, Text, Uploads
from services.ticket_service.domain import permissions

blueprint = ApiBlueprint(
    "private-messages",
    __name__,
    url_prefix=f"{PREFIX}/tickets",
    description="Who else is told: by private message, by watching.",
)
_WHO: Final = ("user", "contact", "email")


class RecipientSchema(Schema):
    """Exactly one of the three."""

    user = fields.String(validate=ID, metadata={"description": "Id of a user."})
    contact = fields.String(validate=ID, metadata={"description": "Id of a contact with an e-mail address."})
    email = fields.Email(validate=validate.Length(max=320), metadata={"example": "supplier@example.org"})

    @validates_schema
    def _one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(data) != 1:
            raise ValidationError(f"Give exactly one of {', '.join(_WHO)}.")


class PrivateMessageSchema(Schema):
    """What to write, and to whom."""

    to = fields.List(
        fields.Nested(RecipientSchema), required=True, validate=validate.Length(1, MOST_RECIPIENTS)
    )
    text = Text(MAX_TEXT, required=True)
    attachments = Uploads()


class WatchersSchema(Schema):
    """Who watches the ticket."""

    watchers = fields.List(fields.String(), required=True, metadata={"description": "Ids of users."})


@blueprint.route("/<number>/private-messages", methods=["POST"])
@blueprint.arguments(
    PrivateMessageSchema,
    example={"to": [{"email": "supplier@example.org"}], "text": "Can you deliver this part by Friday?"},
)
@blueprint.operation(
    "Write to chosen people by mail", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_REPLY
)
@blueprint.response(201, ActionSchema)
def send(body: dict[str, Any], number: str) -> Response:
    """An internal action of the ticket that goes out by mail, to users, contacts or anybody else.

    The customer does not see it on the ticket; everybody it goes to sees who else got it. `content.to` says
    who that was, `delivery` how the mail fares.
    """

    def work(request: Once) -> Response:
        said = PrivateText(body["to"], body["text"], body["attachments"])
        done = send_private(context.services().desk, number, said, request.frame(), remember(request, 201))
        return answer(201, rendered(done))

    return once(body, work)


@blueprint.route("/<number>/watchers/<user_id>", methods=["POST"])
@blueprint.operation("Let a user watch the ticket", 404, idempotent=True, needs=permissions.TICKETS_WRITE)
@blueprint.response(200, WatchersSchema)
def begin(number: str, user_id: str) -> Response:
    """Watchers are told what happens on the ticket; who is named in a note watches it by that."""

    def work(request: Once) -> Response:
        ticket = watch(
            context.services().desk,
            number,
            user_id,
            request.frame(),
            lambda ticket: request.record(200, {"watchers": ticket.watchers}),
        )
        return answer(200, {"watchers": ticket.watchers})

    return once(None, work)


@blueprint.route("/<number>/watchers/<user_id>", methods=["DELETE"])
@blueprint.operation("Let a user watch the ticket no longer", 404, 409, needs=permissions.TICKETS_WRITE)
@blueprint.response(204)
def end(number: str, user_id: str) -> Response:
    """Nothing changes for a user who does not watch it."""
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    watch(context.services().desk, number, user_id, frame, lambda ticket: None, watching=False)
    return Response(status=204)
