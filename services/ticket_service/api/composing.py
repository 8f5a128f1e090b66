"""What you are writing on a ticket: kept on the server, seen by nobody else."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.ticket_service.act import composing_drafts as acts
from services.ticket_service.act.private_messages import MOST_RECIPIENTS
from services.ticket_service.api import context
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.private_messages import RecipientSchema
from services.ticket_service.api.reply_schemas import TemplateToSendSchema
from services.ticket_service.api.values import ID, MAX_TEXT, Uploads
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.composing import MODES, Composing
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "composing", __name__, url_prefix=f"{PREFIX}/tickets", description="What is written and not sent yet."
)


class ComposingToKeepSchema(Schema):
    """Everything that is in the composer now; what is left out is empty."""

    mode = fields.String(
        required=True,
        validate=validate.OneOf(MODES),
        metadata={"description": "For the customer, for the desk, or for chosen people by mail."},
    )
    text = fields.String(load_default="", validate=validate.Length(max=MAX_TEXT))
    attachments = Uploads()
    reply_to = fields.String(
        load_default=None, allow_none=True, validate=ID, metadata={"description": "The message quoted."}
    )
    to = fields.List(
        fields.Nested(RecipientSchema), load_default=list, validate=validate.Length(max=MOST_RECIPIENTS)
    )
    template = fields.Nested(TemplateToSendSchema, load_default=None, allow_none=True)


class ComposingSchema(Schema):
    """What you are writing on a ticket."""

    mode = fields.String(required=True, metadata={"enum": list(MODES)})
    text = fields.String(required=True)
    attachments = fields.List(fields.String(), required=True)
    reply_to = fields.String(required=True, allow_none=True)
    to = fields.List(fields.Dict(keys=fields.String()), required=True)
    template = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    empty = fields.Boolean(required=True, metadata={"description": "Whether nothing is kept."})
    updated_at = UtcTime(required=True)


@blueprint.route("/<number>/composing", methods=["GET"])
@blueprint.operation("What you are writing on a ticket", 404, needs=permissions.TICKETS_WRITE)
@blueprint.etag
@blueprint.response(200, ComposingSchema)
def show(number: str) -> Wire:
    """An empty one where that is nothing; it is forgotten sixty days after the last change."""
    return _shown(acts.composing_of(context.services().desk, number, context.caller().user.id))


@blueprint.route("/<number>/composing", methods=["PUT"])
@blueprint.arguments(ComposingToKeepSchema, example={"mode": "reply", "text": "Buongiorno, abbiamo"})
@blueprint.operation(
    "Keep what you are writing", 400, 404, 412, 413, 415, 422, 428, needs=permissions.TICKETS_WRITE
)
@blueprint.etag
@blueprint.response(200, ComposingSchema)
def keep(wanted: dict[str, Any], number: str) -> Wire:
    """412 when you wrote on in another window since."""
    composing = acts.keep_composing(
        context.services().desk,
        number,
        context.caller().user.id,
        wanted,
        frame(),
        lambda each: unchanged(blueprint, each),
    )
    return _shown(composing)


@blueprint.route("/<number>/composing", methods=["DELETE"])
@blueprint.operation("Forget what you are writing", 404, 412, 428, needs=permissions.TICKETS_WRITE)
@blueprint.etag
@blueprint.response(204)
def drop(number: str) -> None:
    """After it was sent, or where it is not wanted."""
    desk, user_id = context.services().desk, context.caller().user.id
    acts.drop_composing(desk, number, user_id, frame(), lambda each: unchanged(blueprint, each))


def _shown(composing: Composing) -> Wire:
    blueprint.set_etag(tag(composing))
    return {name: getattr(composing, name) for name in ComposingSchema().fields}
