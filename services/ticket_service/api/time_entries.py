"""Time worked on tickets."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import time_entries as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ActorSchema, nullable
from services.ticket_service.api.timeline import ticket_id
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.time_entry import MOST_MINUTES, TimeEntry
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "time-entries", __name__, url_prefix=f"{PREFIX}/tickets", description="Time worked on tickets."
)
_OLDEST = Order("created_at", newest_first=False)


class TimeEntrySchema(Schema):
    """Time that somebody worked on a ticket."""

    id = fields.String(required=True)
    user = fields.String(required=True, metadata={"description": "Id of the user who worked."})
    minutes = fields.Integer(required=True, metadata={"example": 90})
    worked_on = fields.Date(required=True)
    note = fields.String(required=True)
    intervention = nullable(metadata={"description": "Id of the intervention it was worked in."})
    created_by = fields.Nested(ActorSchema, required=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class TimeEntryFieldsSchema(Schema):
    """What may be left out of a new entry."""

    user = fields.String(validate=ID, metadata={"description": "Id of a user; who asks when left out."})
    note = fields.String(validate=validate.Length(max=2_000))
    intervention = fields.String(validate=ID, allow_none=True)


class NewTimeEntrySchema(TimeEntryFieldsSchema):
    """Time to enter."""

    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_MINUTES))
    worked_on = fields.Date(required=True, metadata={"description": "In the desk's time zone."})


class TimeEntryChangeSchema(ChangeSchema, TimeEntryFieldsSchema):
    """What to correct."""

    minutes = fields.Integer(strict=True, validate=validate.Range(1, MOST_MINUTES))
    worked_on = fields.Date()


@blueprint.route("/<number>/time-entries", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the time worked on a ticket, the first entered first", 400, 404, 422, needs=permissions.RECORDS_READ
)
@blueprint.response(200, page_of(TimeEntrySchema))
def find(query: dict[str, Any], number: str) -> Wire:
    """The ticket's `hours` and `days` are the sum of all its entries."""
    where = {"ticket_id": {"$eq": ticket_id(number)}}
    found = context.services().records.page(TimeEntry, where, _OLDEST, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.created_at, None, each.id))
    return {"items": [_wire(each) for each in shown], "next": following}


@blueprint.route("/<number>/time-entries", methods=["POST"])
@blueprint.arguments(NewTimeEntrySchema, example={"minutes": 90, "worked_on": "2025-02-27"})
@blueprint.operation(
    "Enter time worked on a ticket", 404, 413, 415, idempotent=True, needs=permissions.RECORDS_WRITE
)
@blueprint.response(201, TimeEntrySchema)
def create(body: dict[str, Any], number: str) -> Response:
    """Hours and days of the ticket become the sum; what was set by hand before is in its history."""

    def work(request: Once) -> Response:
        def rendered(entry: TimeEntry) -> Wire:
            shown: Wire = TimeEntrySchema().dump(_wire(entry))
            return shown

        def remember(entry: TimeEntry) -> IdempotencyRecord | None:
            return request.record(201, rendered(entry))

        made = acts.add(context.services().desk, number, body, request.frame(), remember)
        return answer(201, rendered(made))

    return once(body, work)


@blueprint.route("/<number>/time-entries/<entry_id>", methods=["GET"])
@blueprint.operation("One time entry", 404, needs=permissions.RECORDS_READ)
@blueprint.etag
@blueprint.response(200, TimeEntrySchema)
def show(number: str, entry_id: str) -> Wire:
    """The entry of this ticket with this id."""
    entry = context.services().desk.store.record(TimeEntry, entry_id)
    if entry is None or entry.ticket_id != ticket_id(number):
        raise not_found("time entry on this ticket")
    blueprint.set_etag(tag(entry))
    return _wire(entry)


@blueprint.route("/<number>/time-entries/<entry_id>", methods=["PATCH"])
@blueprint.arguments(TimeEntryChangeSchema, example={"minutes": 75})
@blueprint.operation(
    "Correct a time entry", 400, 404, 412, 413, 415, 422, 428, needs=permissions.RECORDS_WRITE
)
@blueprint.etag
@blueprint.response(200, TimeEntrySchema)
def change(wanted: dict[str, Any], number: str, entry_id: str) -> Wire:
    """The ticket's history keeps what it said before."""
    entry = acts.change(
        context.services().desk, number, entry_id, wanted, frame(), lambda each: unchanged(blueprint, each)
    )
    blueprint.set_etag(tag(entry))
    return _wire(entry)


@blueprint.route("/<number>/time-entries/<entry_id>", methods=["DELETE"])
@blueprint.operation("Take a time entry back", 404, 412, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(number: str, entry_id: str) -> None:
    """The ticket's history keeps what it said."""
    acts.remove(context.services().desk, number, entry_id, frame(), lambda each: unchanged(blueprint, each))


def _wire(entry: TimeEntry) -> Wire:
    names = ("id", "user", "minutes", "worked_on", "note", "intervention", "created_at", "updated_at")
    return {**{name: getattr(entry, name) for name in names}, "created_by": actor(entry.created_by)}
