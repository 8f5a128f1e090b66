"""Who else is on a ticket's page: said by heartbeats, never a change of the ticket."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.timeline import ticket_id
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.viewing import GONE_AFTER, Viewer
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "viewing",
    __name__,
    url_prefix=f"{PREFIX}/tickets",
    description="Who has a ticket before them at this moment.",
)


class ViewingSchema(Schema):
    """What somebody does on the ticket's page."""

    typing = fields.Boolean(
        load_default=False, metadata={"description": "Whether something is being written."}
    )


class ViewerSchema(Schema):
    """Somebody on the ticket's page."""

    user_id = fields.String(required=True)
    name = fields.String(required=True, metadata={"example": "Anna"})
    typing = fields.Boolean(required=True)
    seen_at = UtcTime(required=True)
    until = UtcTime(required=True, metadata={"description": "Gone by then unless heard of again."})


class ViewerListSchema(Schema):
    """Everybody on the ticket's page."""

    items = fields.List(fields.Nested(ViewerSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


@blueprint.route("/<number>/viewing", methods=["GET"])
@blueprint.operation("List who is on a ticket's page", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, ViewerListSchema)
def viewers(number: str) -> Wire:
    """Whoever types comes first."""
    ticket_id(number)
    return _all(number)


@blueprint.route("/<number>/viewing", methods=["PUT"])
@blueprint.arguments(ViewingSchema, example={"typing": True})
@blueprint.operation(
    "Say that you are on a ticket's page", 400, 404, 413, 415, 422, needs=permissions.TICKETS_READ
)
@blueprint.response(200, ViewerListSchema)
def view(body: dict[str, Any], number: str) -> Wire:
    """To be said again every 15 seconds, and whenever `typing` changes; who is silent for 30 has left."""
    ticket_id(number)
    services, user = context.services(), context.caller().user
    services.viewing.seen(Viewer(number, user.id, user.name, body["typing"], services.desk.clock()))
    return _all(number)


@blueprint.route("/<number>/viewing", methods=["DELETE"])
@blueprint.operation("Say that you left a ticket's page", 404, needs=permissions.TICKETS_READ)
@blueprint.response(204)
def leave(number: str) -> None:
    """Leaving twice, or a ticket that is gone, is no mistake."""
    context.services().viewing.left(number, context.caller().user.id)


def _all(number: str) -> Wire:
    services = context.services()
    there = services.viewing.of(number, services.desk.clock())
    return {"items": [_wire(each) for each in there], "next": None}


def _wire(viewer: Viewer) -> Wire:
    return {
        "user_id": viewer.user_id,
        "name": viewer.name,
        "typing": viewer.typing,
        "seen_at": viewer.seen_at,
        "until": viewer.seen_at + GONE_AFTER,
    }
