"""The way a ticket went through the statuses: as a list, and as a picture."""

from __future__ import annotations

from typing import Final

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ActorSchema, StatusRefSchema
from services.ticket_service.api.wire import Wire, actor, status_ref
from services.ticket_service.domain import permissions
from services.ticket_service.domain.process import Stay, moves, stays, totals
from services.ticket_service.render.process_graph import process_graph
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "process", __name__, url_prefix=f"{PREFIX}/tickets", description="A ticket's way through the statuses."
)
MOST_MOVES: Final = 1_000
"""Of a ticket that was moved more often the first ones are shown."""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


class StaySchema(Schema):
    """A time in one status."""

    status = fields.Nested(StatusRefSchema, required=True)
    entered_at = UtcTime(required=True)
    left_at = UtcTime(required=True, allow_none=True)
    entered_by = fields.Nested(ActorSchema, required=True)
    seconds = fields.Integer(required=True, metadata={"example": 3600})


class StatusTotalSchema(Schema):
    """All times in one status together."""

    status = fields.Nested(StatusRefSchema, required=True)
    seconds = fields.Integer(required=True)
    times = fields.Integer(required=True)


class MoveSchema(Schema):
    """How often the ticket went from one status to another."""

    before = fields.Nested(StatusRefSchema, required=True, data_key="from")
    after = fields.Nested(StatusRefSchema, required=True, data_key="to")
    times = fields.Integer(required=True)


class ProcessSchema(Schema):
    """A ticket's way through the statuses."""

    stays = fields.List(fields.Nested(StaySchema), required=True)
    totals = fields.List(fields.Nested(StatusTotalSchema), required=True)
    moves = fields.List(fields.Nested(MoveSchema), required=True)


@blueprint.route("/<number>/process", methods=["GET"])
@blueprint.operation(
    "The time a ticket spent in each status, and who moved it", 404, needs=permissions.TICKETS_READ
)
@blueprint.response(200, ProcessSchema)
def show(number: str) -> Wire:
    """From its first status to the one it is in now."""
    path = _path(number)
    workflow = context.services().desk.store.workflow()

    def status(key: str) -> Wire:
        return status_ref(workflow.status(key))

    return {
        "stays": [
            {
                "status": status(stay.status),
                "entered_at": stay.entered_at,
                "left_at": stay.left_at,
                "entered_by": actor(stay.entered_by),
                "seconds": stay.seconds,
            }
            for stay in path
        ],
        "totals": [
            {"status": status(total.status), "seconds": total.seconds, "times": total.times}
            for total in totals(path)
        ],
        "moves": [
            {"before": status(move.before), "after": status(move.after), "times": move.times}
            for move in moves(path)
        ],
    }


@blueprint.route("/<number>/process-graph.svg", methods=["GET"])
@blueprint.operation("The desk's statuses and a ticket's way as SVG", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, {"type": "string"}, content_type="image/svg+xml")
def graph(number: str) -> Response:
    """To be shown as an image; it holds no script and loads nothing."""
    path = _path(number)
    statuses = context.services().desk.store.workflow().statuses
    response = Response(process_graph(number, statuses, path), content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _path(number: str) -> list[Stay]:
    services = context.services()
    id_ = services.queries.ticket_id(number)
    if id_ is None:
        raise not_found("ticket")
    return stays(services.queries.moves(id_, MOST_MOVES), services.desk.clock())
