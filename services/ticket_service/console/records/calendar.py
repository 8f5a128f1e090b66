"""The calendar of interventions: by month, week, day, or as a list of what comes."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_babel import format_date, format_time, get_locale
from flask_babel import lazy_gettext as _l

from services.ticket_service.api import context
from services.ticket_service.console import languages
from services.ticket_service.console.formats import moment_of
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import Json, read, read_all, read_tagged
from services.ticket_service.console.records.grid import (
    AGENDA,
    DAY,
    MONTH,
    VIEWS,
    WEEK,
    Span,
    grid_of,
    span_of,
)
from services.ticket_service.domain import permissions
from services.ticket_service.domain.intervention import NEXT, STATUSES
from shared.contracts.times import format_utc
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("calendar", __name__)

MOST: Final = 500
"""Of the interventions of a view; more than that nobody reads in a calendar."""
_LONGEST_SHOWN: Final = timedelta(days=14)
"""What began earlier than this before a view is not looked for in it."""
_VIEW_LABELS: Final = {MONTH: _l("Month"), WEEK: _l("Week"), DAY: _l("Day"), AGENDA: _l("Agenda")}
_YEARS: Final = (1971, 2200)
NOBODY: Final = ""


@blueprint.page("/calendar", needs=permissions.RECORDS_READ)
def index() -> Response:
    """A view around a day, of everybody's interventions or of one technician's.

    `?intervention=` opens one, around the day it is planned for.
    """
    zone = ZoneInfo(languages.time_zone())
    today = context.services().desk.clock().astimezone(zone).date()
    opened = _opened()
    planned = moment_of(opened["planned_at"]) if opened else None
    on = _day(planned.astimezone(zone).date() if planned else today)
    locale = get_locale()
    span = span_of(asked.one_of("view", VIEWS, MONTH), on, locale.first_week_day if locale else 0)
    people = {each["id"]: each["name"] for each in read_all("/users")}
    technician, status = asked.one_of("technician", people, NOBODY), asked.one_of("status", STATUSES)
    found = _found(span, zone, technician or None, status or None)
    return show(
        "records/calendar.html",
        span=span,
        grid=grid_of(span, found, zone, today),
        full=len(found) >= MOST,
        title=_title(span),
        views=_VIEW_LABELS,
        today=today,
        people=people,
        technician=technician,
        status=status,
        opened=opened,
    )


@blueprint.page("/calendar/interventions/<intervention_id>", needs=permissions.RECORDS_READ)
def one(intervention_id: str) -> Response:
    """What a dialog shows of one: its plan, its steps, its report, the time worked in it."""
    found = read_tagged(f"/interventions/{intervention_id}")
    number = found.body["ticket"]
    entries = read_all(f"/tickets/{number}/time-entries") if number else []
    return show(
        "records/intervention.html",
        intervention=found.body,
        etag=found.etag,
        steps=sorted(NEXT[found.body["status"]], key=STATUSES.index),
        worked=[each for each in entries if each["intervention"] == intervention_id],
        number=number,
        **_choices(found.body["technician"]),
    )


@blueprint.page("/calendar/new", needs=permissions.RECORDS_WRITE)
def new() -> Response:
    """What a dialog shows for planning one: first which ticket it is for, then the rest."""
    number, day = request.args.get("ticket", "")[:100], request.args.get("day", "")[:10]
    if not number:
        return show("records/intervention_ticket.html", day=day)
    ticket = read(f"/tickets/{number}")
    return show(
        "records/intervention_new.html", ticket=ticket, number=ticket["number"], day=day, **_choices()
    )


def _found(span: Span, zone: ZoneInfo, technician: str | None, status: str | None) -> list[Json]:
    """What stands in these days, also where it began before."""
    begins, ends = span.bounds(zone)
    query = {"sort": "planned", "technician": technician, "status": status}
    inside = {"planned_from": format_utc(begins), "planned_to": format_utc(ends)}
    before = {"planned_from": format_utc(begins - _LONGEST_SHOWN), "planned_to": format_utc(begins)}
    return read_all("/interventions", MOST, **before, **query) + read_all(
        "/interventions", MOST, **inside, **query
    )


def _choices(now: str | None = None) -> dict[str, Any]:
    """Who can be sent: whoever works here, and who is to go `now`."""
    zone = ZoneInfo(languages.time_zone())
    users = [each for each in read_all("/users") if each["active"] or each["id"] == now]
    return {
        "technicians": [(each["id"], each["name"]) for each in users],
        "today": context.services().desk.clock().astimezone(zone).date(),
    }


def _opened() -> Json | None:
    wanted = request.args.get("intervention", "")
    try:
        return read(f"/interventions/{quote(wanted, safe='')}") if wanted else None
    except Problem:
        return None


def _day(today: date) -> date:
    """The day that the address names, else the one given."""
    try:
        day = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today
    return day if _YEARS[0] <= day.year <= _YEARS[1] else today


def _title(span: Span) -> str:
    if span.view == MONTH:
        return str(format_date(span.on, "LLLL y", rebase=False))
    if span.view == DAY:
        return str(format_date(span.on, "full", rebase=False))
    ends = [format_date(day, "medium", rebase=False) for day in (span.first, span.last)]
    return " – ".join(ends)


def weekday(day: date, width: str = "short") -> str:
    """The name of the day, short or full."""
    return str(format_date(day, "EEEE" if width == "full" else "EEE", rebase=False))


def hour(number: int) -> str:
    """A full hour as the language writes it."""
    return str(format_time(time(number), "short", rebase=False))


blueprint.add_app_template_filter(weekday, "weekday")
blueprint.add_app_template_filter(hour, "hour")
