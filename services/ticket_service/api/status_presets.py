"""The sets of statuses that a desk may start from."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.schemas import StatusSchema
from services.ticket_service.api.wire import Wire, status_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.presets import PRESETS

blueprint = ApiBlueprint(
    "status-presets",
    __name__,
    url_prefix=f"{PREFIX}/settings/status-presets",
    description="Sets of statuses to work with.",
)


class StatusPresetSchema(Schema):
    """One set."""

    key = fields.String(required=True, metadata={"example": "S003"})
    statuses = fields.List(fields.Nested(StatusSchema), required=True)


class StatusPresetListSchema(Schema):
    """All sets."""

    items = fields.List(fields.Nested(StatusPresetSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


@blueprint.route("", methods=["GET"])
@blueprint.operation("List the presets with their statuses", needs=permissions.SETTINGS_READ)
@blueprint.response(200, StatusPresetListSchema)
def find() -> Wire:
    """What a POST to *settings/statuses/preset* would put in place of the desk's statuses."""
    items = [
        {"key": key, "statuses": [status_wire(each) for each in statuses]}
        for key, statuses in PRESETS.items()
    ]
    return {"items": items, "next": None}
