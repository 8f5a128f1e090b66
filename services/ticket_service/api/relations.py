"""Ties between tickets."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import relations as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.schemas import ActorSchema, StatusRefSchema
from services.ticket_service.api.timeline import ticket_id
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire, actor, status_ref
from services.ticket_service.domain import permissions
from services.ticket_service.domain.relation import KINDS
from services.ticket_service.domain.ticket import Ticket
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "relations", __name__, url_prefix=f"{PREFIX}/tickets", description="Ties between tickets, and merging."
)
_KIND: Final = {
    "description": "What the other ticket is for this one; `blocks`: this one blocks it. The other side sees"
    " `child` for `parent`, `blocked_by` for `blocks`."
}


class OtherTicketSchema(Schema):
    """The ticket at the other end."""

    number = fields.String(required=True, metadata={"example": "TT25"})
    title = fields.String(required=True)
    status = fields.Nested(StatusRefSchema, required=True)


class RelationSchema(Schema):
    """A tie to another ticket, as this ticket sees it."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={**_KIND, "enum": list(KINDS)})
    ticket = fields.Nested(OtherTicketSchema, required=True)
    created_at = UtcTime(required=True)
    created_by = fields.Nested(ActorSchema, required=True)


class RelationToMakeSchema(Schema):
    """Which ticket, and what it is for this one."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS), metadata=_KIND)
    ticket = fields.String(required=True, validate=ID, metadata={"description": "Its number."})


def other_ticket(ticket: Ticket) -> Wire:
    """A ticket as another one shows it."""
    status = context.services().desk.store.workflow().status(ticket.status)
    return {"number": ticket.number, "title": ticket.title, "status": status_ref(status)}


@blueprint.route("/<number>/relations", methods=["GET"])
@blueprint.operation("List the tickets this one is tied to", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(RelationSchema))
def find(number: str) -> Wire:
    """All on one page, the oldest tie first; a ticket has at most 200. Deleted tickets are left out."""
    store = context.services().desk.store
    return {"items": [_wire(each) for each in acts.related_tickets(store, ticket_id(number))], "next": None}


@blueprint.route("/<number>/relations", methods=["POST"])
@blueprint.arguments(RelationToMakeSchema, example={"kind": "parent", "ticket": "TT12"})
@blueprint.operation(
    "Tie the ticket to another one", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(201, RelationSchema)
def relate(body: dict[str, Any], number: str) -> Response:
    """409 `relation-circle` where parents, or what blocks what, would lead back to this ticket."""

    def work(request: Once) -> Response:
        done = acts.relate(
            context.services().desk,
            number,
            body["kind"],
            body["ticket"],
            request.frame(),
            lambda done: request.record(201, _rendered(done)),
        )
        return answer(201, _rendered(done))

    return once(body, work)


@blueprint.route("/<number>/relations/<relation_id>", methods=["DELETE"])
@blueprint.operation("Take a tie back", 404, 409, needs=permissions.TICKETS_WRITE)
@blueprint.response(204)
def unrelate(number: str, relation_id: str) -> Response:
    """From either end; both histories keep it."""
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    acts.unrelate(context.services().desk, number, relation_id, frame)
    return Response(status=204)


def _rendered(done: acts.Related) -> Wire:
    return RelationSchema().dump(_wire(done))


def _wire(related: acts.Related) -> Wire:
    return {
        "id": related.relation.id,
        "kind": related.kind,
        "ticket": other_ticket(related.other),
        "created_at": related.relation.created_at,
        "created_by": actor(related.relation.created_by),
    }
