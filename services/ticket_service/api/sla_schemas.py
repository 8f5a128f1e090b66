"""A ticket's service level as the interface shows it."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields

from services.ticket_service.domain.sla import TARGET_STATES, TARGETS, Sla
from shared.contracts.times import UtcTime

_TARGET: Final = ("name", "state", "started_at", "due_at", "warn_at", "met_at", "remaining_minutes")


class SlaTargetSchema(Schema):
    """One promise."""

    name = fields.String(required=True, metadata={"enum": list(TARGETS)})
    state = fields.String(
        required=True,
        metadata={"enum": list(TARGET_STATES), "description": "What was met too late stays `breached`."},
    )
    started_at = UtcTime(required=True)
    due_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "Null while nobody can know it, because the ticket is paused."},
    )
    warn_at = UtcTime(required=True, allow_none=True)
    met_at = UtcTime(required=True, allow_none=True)
    remaining_minutes = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Of open time, while it is paused."},
    )


class SlaSchema(Schema):
    """All promises of the policy that is for the ticket."""

    policy = fields.String(required=True, metadata={"description": "Its id."})
    paused = fields.Boolean(
        required=True, metadata={"description": "Whether the desk waits for the customer, or is done."}
    )
    targets = fields.List(fields.Nested(SlaTargetSchema), required=True)


def sla_wire(sla: Sla | None) -> dict[str, Any] | None:
    """What SlaSchema shows; None where no policy is for the ticket."""
    if sla is None:
        return None
    return {
        "policy": sla.policy,
        "paused": sla.paused,
        "targets": [{name: getattr(each, name) for name in _TARGET} for each in sla.targets],
    }
