"""Settings that others may read, and who is asking."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.api import context
from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.schemas import MeSchema, StatusSchema
from services.ticket_service.api.wire import Wire, status_wire, token_wire, user_wire
from services.ticket_service.domain import permissions

blueprint = ApiBlueprint(
    "settings", __name__, url_prefix=PREFIX, description="How the desk is set up, and who is asking."
)


class StatusListSchema(Schema):
    """All statuses in their order."""

    items = fields.List(fields.Nested(StatusSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Always null: a desk has few statuses."}
    )


@blueprint.route("/me", methods=["GET"])
@blueprint.operation("Who is asking", needs=ANYBODY)
@blueprint.response(200, MeSchema)
def me() -> Wire:
    """The user and the token of this request."""
    caller = context.caller()
    return {"user": user_wire(caller.user), "token": token_wire(caller.token) if caller.token else None}


@blueprint.route("/settings/statuses", methods=["GET"])
@blueprint.operation("List the desk's statuses", needs=permissions.SETTINGS_READ)
@blueprint.response(200, StatusListSchema)
def statuses() -> Wire:
    """The statuses with their roles, in the administrator's order."""
    workflow = context.services().desk.store.workflow()
    return {"items": [status_wire(status) for status in workflow.statuses], "next": None}
