"""How long the desk keeps each kind of data."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.ticket_service.act import retention as acts
from services.ticket_service.api import context
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.retention import KINDS, LONGEST_DAYS, SHORTEST_DAYS, Retention

blueprint = ApiBlueprint(
    "retention",
    __name__,
    url_prefix=f"{PREFIX}/settings/retention",
    description="How long the desk keeps each kind of data.",
)


def _days(meaning: str, **kwargs: Any) -> fields.Integer:
    return fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(SHORTEST_DAYS, LONGEST_DAYS),
        metadata={"description": f"{meaning} Null: for good."},
        **kwargs,
    )


class RetentionFieldsSchema(Schema):
    """Days after which data is forgotten."""

    closed_tickets = _days("Tickets with all that was said on them, from their closing.")
    messages = _days(
        "Texts said on no ticket or on closed ones; what visitors of live chats looked at and filled in."
    )
    attachments = _days("Files of the same.")
    raw_payloads = _days("What providers sent, word for word.")
    audit = _days("Entries of the audit log.")
    quarantine = _days("What was put aside because it could not be handled.")
    confidential = _days("Confidential answers, whatever longer time their request named.")


class RetentionSchema(RetentionFieldsSchema):
    """All of them."""


class RetentionChangeSchema(ChangeSchema, RetentionFieldsSchema):
    """What to change."""


@blueprint.route("", methods=["GET"])
@blueprint.operation("How long data is kept", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, RetentionSchema)
def show() -> Wire:
    """A job forgets what is older, once an hour."""
    retention = acts.retention_of(context.services().desk)
    blueprint.set_etag(tag(retention))
    return _wire(retention)


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(RetentionChangeSchema, example={"closed_tickets": 730, "attachments": 365})
@blueprint.operation(
    "Change how long data is kept", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, RetentionSchema)
def change(wanted: dict[str, Any]) -> Wire:
    """What is forgotten does not come back when the days grow again."""
    desk = context.services().desk
    retention = acts.change_retention(desk, wanted, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(retention))
    return _wire(retention)


def _wire(retention: Retention) -> Wire:
    return {name: getattr(retention, name) for name in KINDS}
