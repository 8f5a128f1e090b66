"""What there is to be permitted, and which role has it."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.permissions import MEANINGS, ROLES

blueprint = ApiBlueprint(
    "permissions", __name__, url_prefix=f"{PREFIX}/permissions", description="Who may do what."
)


class PermissionSchema(Schema):
    """One permission."""

    key = fields.String(required=True, metadata={"example": "tickets.reply"})
    meaning = fields.String(required=True, metadata={"example": "Answer customers."})
    roles = fields.List(fields.String(), required=True, metadata={"example": ["agent", "operator", "admin"]})


class PermissionListSchema(Schema):
    """All of them."""

    items = fields.List(fields.Nested(PermissionSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


@blueprint.route("", methods=["GET"])
@blueprint.operation("List all permissions with the roles that have them", needs=ANYBODY)
@blueprint.response(200, PermissionListSchema)
def find() -> Wire:
    """The table; docs/permissions.md has it with every route."""
    items = [
        {"key": key, "meaning": meaning, "roles": [role for role, has in ROLES.items() if key in has]}
        for key, meaning in MEANINGS.items()
    ]
    return {"items": items, "next": None}
