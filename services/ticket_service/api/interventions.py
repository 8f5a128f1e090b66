"""Interventions: of one ticket, of one customer, of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import interventions as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ActorSchema, nullable
from services.ticket_service.api.timeline import ticket_id
from services.ticket_service.api.values import ID, MAX_TITLE, Keys, Label
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.intervention import STATUSES, Intervention
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "interventions", __name__, url_prefix=PREFIX, description="Work planned and carried out for tickets."
)
CREATED: Final = "created"
PLANNED: Final = "planned"
MAX_REPORT: Final = 50_000
MOST_MINUTES: Final = 31 * 24 * 60
_FIELDS: Final = (
    *("id", "title", "description", "technician", "planned_at", "minutes", "status", "started_at"),
    *("ended_at", "report", "created_at", "updated_at"),
)


class InterventionSchema(Schema):
    """Work planned for a ticket, and what came of it."""

    id = fields.String(required=True)
    ticket = nullable(metadata={"description": "Number of its ticket.", "example": "TT24"})
    title = fields.String(required=True)
    description = fields.String(required=True)
    technician = nullable(metadata={"description": "Id of the user who goes."})
    planned_at = UtcTime(required=True, allow_none=True)
    minutes = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How long it is meant to take."}
    )
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    started_at = UtcTime(required=True, allow_none=True)
    ended_at = UtcTime(required=True, allow_none=True)
    report = fields.String(required=True, metadata={"description": "What was done."})
    created_by = fields.Nested(ActorSchema, required=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class NewInterventionSchema(Schema):
    """What to plan; what is left out is taken over from the ticket."""

    title = Label(MAX_TITLE)
    description = fields.String(validate=validate.Length(max=MAX_REPORT))
    technician = fields.String(validate=ID, allow_none=True, metadata={"description": "Id of a user."})
    planned_at = UtcTime(allow_none=True)
    minutes = fields.Integer(strict=True, validate=validate.Range(1, MOST_MINUTES), allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES))
    report = fields.String(validate=validate.Length(max=MAX_REPORT))


class InterventionChangeSchema(ChangeSchema, NewInterventionSchema):
    """What to change; what is left out stays."""


class InterventionQuery(PageQuery):
    """Which interventions."""

    technician = fields.String(validate=ID, metadata={"description": "Id of a user."})
    status = Keys(metadata={"description": f"Of {', '.join(STATUSES)}, repeated or with commas."})
    planned_from = UtcTime(metadata={"description": "Planned at or after."})
    planned_to = UtcTime(metadata={"description": "Planned before."})
    sort = fields.String(
        load_default=CREATED,
        validate=validate.OneOf((CREATED, PLANNED)),
        metadata={"description": "Newest first, or those that are planned with the soonest first."},
    )


_Page: Final = page_of(InterventionSchema)


@blueprint.route("/interventions", methods=["GET"])
@blueprint.arguments(InterventionQuery, location="query")
@blueprint.operation("List interventions", 400, 422, needs=permissions.RECORDS_READ)
@blueprint.response(200, _Page)
def find(query: dict[str, Any]) -> Wire:
    """Of all tickets."""
    return _page(query, {})


@blueprint.route("/tickets/<number>/interventions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the interventions of a ticket, the newest first", 400, 404, 422, needs=permissions.RECORDS_READ
)
@blueprint.response(200, _Page)
def of_ticket(query: dict[str, Any], number: str) -> Wire:
    """Of this ticket alone."""
    return _page(query, {"ticket_id": {"$eq": ticket_id(number)}})


@blueprint.route("/contacts/<contact_id>/interventions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the interventions of a customer, the newest first", 400, 404, 422, needs=permissions.RECORDS_READ
)
@blueprint.response(200, _Page)
def of_contact(query: dict[str, Any], contact_id: str) -> Wire:
    """On all tickets that this contact requested."""
    services = context.services()
    if services.queries.contact(contact_id) is None:
        raise not_found("contact")
    return _page(query, {"ticket_id": {"$in": services.work.tickets_of(contact_id)}})


@blueprint.route("/tickets/<number>/interventions", methods=["POST"])
@blueprint.arguments(NewInterventionSchema, example={"planned_at": "2025-03-03T08:00:00Z", "minutes": 90})
@blueprint.operation(
    "Plan an intervention for a ticket", 404, 413, 415, idempotent=True, needs=permissions.RECORDS_WRITE
)
@blueprint.response(201, InterventionSchema)
def create(body: dict[str, Any], number: str) -> Response:
    """Title, description, planned time and responsible are the ticket's unless they are given."""

    def work(request: Once) -> Response:
        def rendered(made: Intervention) -> Wire:
            shown: Wire = InterventionSchema().dump(_wire(made, number))
            return shown

        def remember(made: Intervention) -> IdempotencyRecord | None:
            return request.record(201, rendered(made))

        made = acts.create(context.services().desk, number, body, request.frame(), remember)
        return answer(201, rendered(made))

    return once(body, work)


@blueprint.route("/interventions/<intervention_id>", methods=["GET"])
@blueprint.operation("One intervention", 404, needs=permissions.RECORDS_READ)
@blueprint.etag
@blueprint.response(200, InterventionSchema)
def show(intervention_id: str) -> Wire:
    """The intervention with this id."""
    known = acts.found(context.services().desk, intervention_id)
    blueprint.set_etag(tag(known))
    return _wires([known])[0]


@blueprint.route("/interventions/<intervention_id>", methods=["PATCH"])
@blueprint.arguments(InterventionChangeSchema, example={"status": "done", "report": "Valve replaced."})
@blueprint.operation(
    "Plan anew, carry out, report", 400, 404, 409, 412, 413, 415, 422, 428, needs=permissions.RECORDS_WRITE
)
@blueprint.etag
@blueprint.response(200, InterventionSchema)
def change(wanted: dict[str, Any], intervention_id: str) -> Wire:
    """Each change is in the ticket's history. 409 `wrong-step` for a status that it cannot enter now."""
    known = acts.change(
        context.services().desk,
        intervention_id,
        wanted,
        _number_of,
        frame(),
        lambda each: unchanged(blueprint, each),
    )
    blueprint.set_etag(tag(known))
    return _wires([known])[0]


@blueprint.route("/interventions/<intervention_id>", methods=["DELETE"])
@blueprint.operation("Delete an intervention", 404, 409, 412, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(intervention_id: str) -> None:
    """409 `in-use` when time was entered on it: cancel it instead."""
    acts.remove(
        context.services().desk,
        intervention_id,
        _number_of,
        frame(),
        lambda each: unchanged(blueprint, each),
    )


def _page(query: Mapping[str, Any], where: dict[str, Any]) -> Wire:
    planned = query.get("sort") == PLANNED
    order = Order("planned_at", newest_first=False) if planned else Order("created_at", newest_first=True)
    wanted = {**where, **_narrowed(query)}
    if planned:
        wanted.setdefault("planned_at", {"$ne": None})
    found = context.services().records.page(Intervention, wanted, order, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: _position(each, planned))
    return {"items": _wires(shown), "next": following}


def _narrowed(query: Mapping[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if "technician" in query:
        wanted["technician"] = {"$eq": query["technician"]}
    if query.get("status"):
        wanted["status"] = {"$in": query["status"]}
    bounds = {"$gte": query.get("planned_from"), "$lt": query.get("planned_to")}
    limits = {operator: at for operator, at in bounds.items() if at is not None}
    if limits:
        wanted["planned_at"] = limits
    return wanted


def _position(each: Intervention, planned: bool) -> Position:
    at = each.planned_at if planned else None
    return Position(at or each.created_at, None, each.id)


def _number_of(ticket: str) -> str:
    return context.services().work.numbers([ticket]).get(ticket, "")


def _wires(found: Sequence[Intervention]) -> list[Wire]:
    numbers = context.services().work.numbers({each.ticket_id for each in found})
    return [_wire(each, numbers.get(each.ticket_id)) for each in found]


def _wire(each: Intervention, number: str | None) -> Wire:
    return {
        **{name: getattr(each, name) for name in _FIELDS},
        "ticket": number,
        "created_by": actor(each.created_by),
    }
