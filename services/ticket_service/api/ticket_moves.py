"""What is done with a ticket in one step: read for the first time, put aside as spam."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import reading, spam
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.tickets import shown
from services.ticket_service.domain import permissions

blueprint = ApiBlueprint(
    "ticket-moves", __name__, url_prefix=f"{PREFIX}/tickets", description="Steps of a ticket's life."
)


class SpamSchema(Schema):
    """Whether the sender's further messages shall reach no ticket."""

    block_sender = fields.Boolean(load_default=False)


@blueprint.route("/<number>/read", methods=["POST"])
@blueprint.operation("Note that a ticket was read", 404, idempotent=True, needs=permissions.TICKETS_WRITE)
@blueprint.response(200, TicketSchema)
def read(number: str) -> Response:
    """The first time sets `read_at` and takes the ticket to the desk's Read status, where it has one."""
    desk = context.services().desk
    return made(
        None, TicketSchema, shown, lambda frame, remember: reading.read(desk, number, frame, remember), 200
    )


@blueprint.route("/<number>/spam", methods=["POST"])
@blueprint.arguments(SpamSchema, example={"block_sender": True})
@blueprint.operation(
    "Put a ticket aside as spam", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(200, TicketSchema)
def mark_spam(body: dict[str, Any], number: str) -> Response:
    """Its sender's further messages stay with it and tell nobody; a blocked sender's reach no ticket at all.

    409 `no-spam-status` where no status has the role `spam`.
    """
    desk, block = context.services().desk, body["block_sender"]
    return made(
        body,
        TicketSchema,
        shown,
        lambda frame, remember: spam.mark_spam(desk, number, block, frame, remember),
        200,
    )
