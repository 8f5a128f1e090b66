"""Two tickets become one; one action becomes a ticket of its own."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import merging as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions

blueprint = ApiBlueprint(
    "merging", __name__, url_prefix=f"{PREFIX}/tickets", description="Merging and splitting tickets."
)


class MergeSchema(Schema):
    """The ticket that stays."""

    into = fields.String(required=True, validate=ID, metadata={"description": "Its number."})


@blueprint.route("/<number>/merge", methods=["POST"])
@blueprint.arguments(MergeSchema, example={"into": "TT12"})
@blueprint.operation(
    "Merge the ticket into another one", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(200, TicketSchema)
def merge(body: dict[str, Any], number: str) -> Response:
    """Answers with the ticket that stays: it has all messages, files, watchers, tags, addresses and time.

    The merged ticket is closed and points to it (`merged_into`); what its customer writes later, also in this
    very moment, comes to the ticket that stays. There is no undo.
    """

    def work(request: Once) -> Response:
        done = acts.merge(
            context.services().desk,
            number,
            body["into"],
            request.frame(),
            lambda done: request.record(200, _rendered(done)),
        )
        return answer(200, _rendered(done))

    return once(body, work)


def _rendered(done: acts.Merged) -> Wire:
    loaded = done.survivor
    return TicketSchema().dump(context.view().ticket(loaded.ticket, loaded.requester))
