"""Two tickets become one; one action becomes a ticket of its own."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import merging as acts
from services.ticket_service.act import splitting
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.values import ID, MAX_TITLE, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.ports import LoadedTicket

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


class SplitSchema(Schema):
    """The new ticket."""

    title = Label(MAX_TITLE, metadata={"description": "Without it the action's first words."})


@blueprint.route("/<number>/actions/<path:action_id>/split", methods=["POST"])
@blueprint.arguments(SplitSchema, example={"title": "The invoice of March"})
@blueprint.operation(
    "Make a ticket of its own of an action", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(201, TicketSchema)
def split(body: dict[str, Any], number: str, action_id: str) -> Response:
    """The action becomes the new ticket's description; the two tickets are related.

    Comments keep their numbers, so one is missing afterwards. An internal action makes an internal ticket.
    The conversation goes on with the ticket it was on while that is open.
    """

    def work(request: Once) -> Response:
        (loaded, _) = splitting.split(
            context.services().desk,
            number,
            action_id,
            body.get("title"),
            request.frame(),
            lambda opened: request.record(201, _shown(opened[0])),
        )
        return answer(201, _shown(loaded))

    return once(body, work)


def _rendered(done: acts.Merged) -> Wire:
    return _shown(done.survivor)


def _shown(loaded: LoadedTicket) -> Wire:
    return TicketSchema().dump(context.view().ticket(loaded.ticket, loaded.requester))
