"""What stands beside a ticket, in numbers."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions

blueprint = ApiBlueprint(
    "shortcuts", __name__, url_prefix=f"{PREFIX}/tickets", description="What stands beside a ticket."
)


class ShortcutsSchema(Schema):
    """How much there is; each number stops at 1,000."""

    comments = fields.Integer(required=True, metadata={"example": 2})
    conversations = fields.Integer(required=True, metadata={"example": 1})
    notes = fields.Integer(required=True)
    messages = fields.Integer(required=True)
    processes = fields.Integer(required=True, metadata={"description": "Of statuses; each ticket has one."})
    activities = fields.Integer(required=True, metadata={"description": "Entries of its history."})
    documents = fields.Integer(required=True, metadata={"description": "Files of all its actions."})
    services = fields.Integer(required=True)
    interventions = fields.Integer(required=True)
    time_entries = fields.Integer(required=True)
    installations = fields.Integer(required=True, metadata={"description": "The product it is about."})
    contract_services = fields.Integer(required=True, metadata={"description": "The contract it is under."})
    relations = fields.Integer(required=True, metadata={"description": "To other tickets."})
    other_tickets = fields.Integer(required=True, metadata={"description": "Of the same requester."})


@blueprint.route("/<number>/shortcuts", methods=["GET"])
@blueprint.operation("How much there is beside a ticket", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, ShortcutsSchema)
def show(number: str) -> Wire:
    """The numbers of S000's shortcuts and relations."""
    services = context.services()
    loaded = services.desk.store.load_ticket(number)
    if loaded is None or loaded.ticket.deleted_at is not None:
        raise not_found("ticket")
    return dict(services.shortcuts.beside(loaded.ticket))
