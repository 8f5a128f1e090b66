"""Business hours: a week, the public holidays of a region, and days of one's own."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.api import context
from services.ticket_service.api.calendar_schemas import WEEKDAYS
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.console.settings.choices import time_zones
from services.ticket_service.console.settings.regions import country_names, weekday_name
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-calendars", __name__)
_WORKDAYS: Final = WEEKDAYS[:5]


@blueprint.page("/settings/calendars", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All calendars."""
    found = read("/settings/calendars")["items"]
    return show(
        "settings/calendars.html",
        calendars=[(each, _week(each)) for each in found],
        countries=country_names(),
        weekday_name=weekday_name,
    )


@blueprint.page("/settings/calendars/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """A calendar to add: an ordinary week to begin with."""
    hours = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in _WORKDAYS]
    return _form({"id": "", "name": "", "hours": hours, "country": None, "subdivision": None}, "")


@blueprint.page("/settings/calendars/<calendar_id>", needs=permissions.SETTINGS_READ)
def one(calendar_id: str) -> Response:
    """A calendar to change."""
    found = read_tagged(f"/settings/calendars/{calendar_id}")
    return _form(found.body, found.etag)


def _form(calendar: Json, etag: str) -> Response:
    desk = context.services().desk
    zone = desk.store.desk().time_zone
    given = {"time_zone": str(zone), "closed_days": [], "open_days": [], **calendar}
    names = country_names()
    regions = {each["country"]: each["subdivisions"] for each in read("/settings/holiday-regions")["items"]}
    return show(
        "settings/calendar.html",
        calendar=given,
        etag=etag,
        week=_week(given),
        weekday_name=weekday_name,
        zones=time_zones(),
        countries=sorted(((each, names.get(each, each)) for each in regions), key=lambda each: each[1]),
        regions=regions,
        year=desk.clock().astimezone(zone).year,
    )


def _week(calendar: Json) -> list[tuple[str, list[dict[str, Any]]]]:
    """Each weekday with its ranges."""
    return [(day, [each for each in calendar["hours"] if each["weekday"] == day]) for day in WEEKDAYS]
