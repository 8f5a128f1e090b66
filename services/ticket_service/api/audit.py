"""The audit log of administration: who changed what when."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.schemas import ActorSchema, nullable
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.audit import ACTIONS, AuditEntry
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "audit", __name__, url_prefix=f"{PREFIX}/audit", description="Who administered what, and when."
)


class AuditQuery(PageQuery):
    """Which entries."""

    what = fields.String(validate=validate.Length(1, 100), metadata={"example": "user"})
    subject = fields.String(validate=ID, metadata={"description": "Id of the thing."})
    who = fields.String(validate=ID, metadata={"description": "Id of a user."})
    at_from = UtcTime(data_key="from")
    at_to = UtcTime(data_key="to")


class FieldChangeSchema(Schema):
    """One field, as text; secrets are `(hidden)`."""

    field = fields.String(required=True)
    before = nullable()
    after = nullable()


class AuditEntrySchema(Schema):
    """One decision of somebody."""

    id = fields.String(required=True)
    at = UtcTime(required=True)
    who = fields.Nested(ActorSchema, required=True)
    what = fields.String(required=True, metadata={"example": "user"})
    subject = fields.String(required=True, metadata={"description": "Id of the thing."})
    action = fields.String(required=True, metadata={"enum": list(ACTIONS)})
    changes = fields.List(fields.Nested(FieldChangeSchema), required=True)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(AuditQuery, location="query")
@blueprint.operation("Read the audit log, the newest first", 400, 422, needs=permissions.AUDIT_READ)
@blueprint.response(200, page_of(AuditEntrySchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of entries."""
    paths = {"what": "what", "subject": "subject", "who": "who.id"}
    wanted: dict[str, Any] = {path: {"$eq": query[name]} for name, path in paths.items() if name in query}
    bounds = (("$gte", "at_from"), ("$lt", "at_to"))
    limits = {sign: query[name] for sign, name in bounds if name in query}
    if limits:
        wanted["at"] = limits
    return entries(query, wanted)


def entries(query: dict[str, Any], wanted: dict[str, Any]) -> Wire:
    """A page, the newest first, of the entries that fit a filter of the database."""
    found = context.services().records.page(AuditEntry, wanted, Order("at", True), page_wanted(query))
    shown, following = cut(found, query["limit"], lambda entry: Position(entry.at, None, entry.id))
    return {"items": [_wire(entry) for entry in shown], "next": following}


def _wire(entry: AuditEntry) -> Wire:
    return {
        **{name: getattr(entry, name) for name in ("id", "at", "what", "subject", "action")},
        "who": actor(entry.who),
        "changes": [
            {"field": each.field, "before": each.before, "after": each.after} for each in entry.changes
        ],
    }
