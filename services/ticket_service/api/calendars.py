"""Business calendars: when the desk is open, for service levels and rules."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.act import sla_policies as acts
from services.ticket_service.api import context
from services.ticket_service.api.calendar_schemas import (
    CalendarChangeSchema,
    CalendarListSchema,
    CalendarSchema,
    HolidayListSchema,
    HolidayQuery,
    NewCalendarSchema,
    RegionListSchema,
    calendar_wire,
    wanted_calendar,
)
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.calendar import Calendar
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.sla.public_holidays import UnknownRegion, countries, named_holidays

blueprint = ApiBlueprint(
    "calendars", __name__, url_prefix=f"{PREFIX}/settings", description="When the desk is open."
)
_EXAMPLE: Final = {
    "name": "Office",
    "time_zone": "Europe/Rome",
    "hours": [
        {"weekday": "monday", "opens": "09:00", "closes": "13:00"},
        {"weekday": "monday", "opens": "14:00", "closes": "18:00"},
    ],
    "country": "IT",
    "closed_days": [{"day": "2026-06-24", "label": "San Giovanni", "every_year": True}],
}


@blueprint.route("/calendars", methods=["GET"])
@blueprint.operation("List all business calendars", needs=permissions.SETTINGS_READ)
@blueprint.response(200, CalendarListSchema)
def find() -> Wire:
    """By name."""
    found = context.services().desk.store.records(Calendar, {})
    return {
        "items": [calendar_wire(each) for each in sorted(found, key=lambda each: each.name)],
        "next": None,
    }


@blueprint.route("/calendars", methods=["POST"])
@blueprint.arguments(NewCalendarSchema, example=_EXAMPLE)
@blueprint.operation("Add a business calendar", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, CalendarSchema)
def create(body: dict[str, Any]) -> Response:
    """Policies and rules name it by its id."""

    def work(request: Once) -> Response:
        def shown(calendar: Calendar) -> Wire:
            dumped: Wire = CalendarSchema().dump(calendar_wire(calendar))
            return dumped

        def remember(calendar: Calendar) -> IdempotencyRecord | None:
            return request.record(201, shown(calendar))

        desk = context.services().desk
        return answer(
            201, shown(acts.create(desk, Calendar, wanted_calendar(body), request.frame(), remember))
        )

    return once(body, work)


@blueprint.route("/calendars/<calendar_id>", methods=["GET"])
@blueprint.operation("One business calendar", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, CalendarSchema)
def show(calendar_id: str) -> Wire:
    """The calendar with this id."""
    calendar = acts.found(context.services().desk, Calendar, calendar_id)
    blueprint.set_etag(tag(calendar))
    return calendar_wire(calendar)


@blueprint.route("/calendars/<calendar_id>", methods=["PATCH"])
@blueprint.arguments(CalendarChangeSchema, example={"open_days": ["2026-12-08"]})
@blueprint.operation(
    "Change a business calendar", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, CalendarSchema)
def change(body: dict[str, Any], calendar_id: str) -> Wire:
    """What open tickets promise is worked out again within a minute or so."""
    desk = context.services().desk
    changed = acts.change(
        desk, Calendar, calendar_id, wanted_calendar(body), frame(), lambda each: unchanged(blueprint, each)
    )
    blueprint.set_etag(tag(changed))
    return calendar_wire(changed)


@blueprint.route("/calendars/<calendar_id>", methods=["DELETE"])
@blueprint.operation("Delete a business calendar", 404, 409, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(calendar_id: str) -> None:
    """409 `in-use` while a policy or a live chat names it."""
    desk = context.services().desk
    acts.delete(desk, Calendar, calendar_id, frame(), lambda each: unchanged(blueprint, each))


@blueprint.route("/holiday-regions", methods=["GET"])
@blueprint.operation("Countries whose public holidays are known", needs=permissions.SETTINGS_READ)
@blueprint.response(200, RegionListSchema)
def regions() -> Wire:
    """With the parts that have holidays of their own."""
    found = countries().items()
    return {
        "items": [{"country": country, "subdivisions": parts} for country, parts in found],
        "next": None,
    }


@blueprint.route("/holidays", methods=["GET"])
@blueprint.arguments(HolidayQuery, location="query")
@blueprint.operation("A year's public holidays", 422, needs=permissions.SETTINGS_READ)
@blueprint.response(200, HolidayListSchema)
def holidays(query: dict[str, Any]) -> Wire:
    """As a calendar of this country and part of it observes them."""
    try:
        found = named_holidays(query["country"], query["subdivision"], query["year"])
    except UnknownRegion as error:
        raise invalid([(error.field, f"Use one of: {', '.join(error.allowed)}.")]) from error
    return {"items": [{"day": day, "name": name} for day, name in found.items()], "next": None}
