"""The way of a message through the desk, as far as it came."""

from __future__ import annotations

from typing import Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.trace import KINDS, QUARANTINED, STATES, STEPS, Step, Trace
from shared.contracts.times import UtcTime

LONGEST_ID: Final = 600

blueprint = ApiBlueprint(
    "traces",
    __name__,
    url_prefix=f"{PREFIX}/traces",
    description="How far a message came, and where it stopped.",
)


class StepSchema(Schema):
    """One step."""

    name = fields.String(required=True, validate=validate.OneOf(STEPS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    at = UtcTime(required=True, allow_none=True, metadata={"description": "Null where no time was noted."})
    code = fields.String(required=True, metadata={"description": "Why it stopped or waits."})
    detail = fields.String(required=True)
    remedy = fields.String(required=True)


class TraceSchema(Schema):
    """The steps in order."""

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    trace_id = fields.String(required=True, metadata={"description": "Its name in the logs of all services."})
    stopped_at = fields.String(required=True, allow_none=True)
    decision = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What was decided on a quarantined item: replayed or discarded."},
    )
    decided_at = UtcTime(required=True, allow_none=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


@blueprint.route("/<path:item_id>", methods=["GET"])
@blueprint.operation(
    "The way of a message, event or quarantined item through the desk", 404, needs=permissions.TICKETS_READ
)
@blueprint.response(200, TraceSchema)
def show(item_id: str) -> Wire:
    """By the desk's id, the provider's, or the quarantine's."""
    trace = context.services().traces.trace(item_id) if len(item_id) <= LONGEST_ID else None
    hidden = trace is not None and trace.kind == QUARANTINED
    if trace is None or (hidden and not context.caller().may(permissions.SETTINGS_READ)):
        raise not_found("message or quarantined item")
    return trace_wire(trace)


def trace_wire(trace: Trace) -> Wire:
    """A trace on the wire."""
    return {
        "id": trace.id,
        "kind": trace.kind,
        "trace_id": trace.trace_id,
        "stopped_at": trace.stopped_at,
        "decision": trace.decision,
        "decided_at": trace.decided_at,
        "steps": [_step(each) for each in trace.steps],
    }


def _step(step: Step) -> Wire:
    return {name: getattr(step, name) for name in ("name", "state", "at", "code", "detail", "remedy")}
