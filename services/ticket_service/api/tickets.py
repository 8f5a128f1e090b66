"""One ticket, and changing it."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import tickets as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.openapi import ApiBlueprint
from services.ticket_service.api.problems import invalid, not_found
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.values import ID, MAX_TITLE, Label, Text
from services.ticket_service.api.wire import View, Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.status import Workflow
from services.ticket_service.domain.ticket import TYPES
from services.ticket_service.ports import LoadedTicket
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "tickets", __name__, url_prefix="/api/v1/tickets", description="What customers asked."
)
MAX_TAGS: Final = 50


class TicketChangeSchema(Schema):
    """What to change; what is left out stays, null empties a field."""

    status = fields.String(validate=validate.Length(1, 100), metadata={"example": "closed"})
    title = Label(MAX_TITLE)
    type = fields.String(validate=validate.OneOf(TYPES))
    tags = fields.List(Label(60), validate=validate.Length(max=MAX_TAGS))
    cc = fields.List(fields.Email(validate=validate.Length(max=320)), validate=validate.Length(max=MAX_TAGS))
    assignee = fields.String(validate=ID, allow_none=True, metadata={"description": "Id of a user."})
    group = Label(allow_none=True)
    organization = Label(allow_none=True)
    service = Label(allow_none=True)
    category = Label(allow_none=True)
    priority = Label(allow_none=True)
    severity = Label(allow_none=True)
    importance = Label(allow_none=True)
    request_type = Label(allow_none=True)
    product = Label(allow_none=True)
    project = Label(allow_none=True)
    contract = Label(allow_none=True)
    justification = Text(10_000, allow_none=True)
    solution_forecast = UtcTime(allow_none=True)
    hours = fields.Float(validate=validate.Range(0, 100_000))
    days = fields.Float(validate=validate.Range(0, 100_000))

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


@blueprint.route("/<number>", methods=["GET"])
@blueprint.operation("One ticket", 404, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(200, TicketSchema)
def show(number: str) -> Wire:
    """The ticket with this number."""
    loaded = context.services().desk.store.load_ticket(number)
    if loaded is None:
        raise not_found("ticket")
    return context.view().ticket(loaded.ticket, loaded.requester)


@blueprint.route("/<number>", methods=["PATCH"])
@blueprint.arguments(TicketChangeSchema, example={"status": "closed", "tags": ["billing"]})
@blueprint.operation("Change a ticket", 400, 404, 412, 413, 415, 422, 428, needs=permissions.TICKETS_WRITE)
@blueprint.etag
@blueprint.response(200, TicketSchema)
def change(wanted: dict[str, Any], number: str) -> Wire:
    """Each field that really changes becomes history; entering a status moves what its role moves."""
    wanted = _checked(wanted)
    services, settings = context.services(), context.services().desk.store.desk()

    def unchanged(loaded: LoadedTicket, workflow: Workflow) -> None:
        wire = View(workflow, settings).ticket(loaded.ticket, loaded.requester)
        blueprint.check_etag(wire, TicketSchema)

    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    loaded, workflow = acts.change_ticket(services.desk, number, wanted, frame, unchanged)
    return View(workflow, settings).ticket(loaded.ticket, loaded.requester)


def _checked(wanted: dict[str, Any]) -> dict[str, Any]:
    assignee = wanted.get("assignee")
    if assignee is not None and context.services().access.user(assignee) is None:
        raise invalid([("assignee", "There is no such user.")])
    if "tags" in wanted:
        return {**wanted, "tags": list(dict.fromkeys(wanted["tags"]))}
    return wanted
