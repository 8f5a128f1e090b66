"""The desk's numbers: what came, what went, how long customers waited, what is left, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response

from services.ticket_service.api import context
from services.ticket_service.api.filenames import disposition
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.statistics_schemas import (
    CSV,
    AgentsSchema,
    BacklogSchema,
    FirstResponseSchema,
    NowQuery,
    ServiceLevelsSchema,
    SpanQuery,
    TicketsPerDaySchema,
)
from services.ticket_service.api.wire import Wire, status_ref
from services.ticket_service.domain import permissions
from services.ticket_service.domain.sla import TARGETS
from services.ticket_service.domain.statistics import (
    OUTCOMES,
    Closed,
    Heap,
    Opened,
    Span,
    Waits,
    percentile,
    span,
    together,
)
from services.ticket_service.domain.user import User
from services.ticket_service.render.sheets import Cell, as_csv
from services.ticket_service.store.queries_statistics import TooMuch
from shared.web.problems import Problem

blueprint = ApiBlueprint(
    "statistics",
    __name__,
    url_prefix=f"{PREFIX}/statistics",
    description="The desk's numbers, at most a minute old; each also as CSV.",
)
FILE: Final = {"schema": {"type": "string", "format": "binary"}, "content_type": "text/csv; charset=utf-8"}
_LEFT: Final = ("count", "unanswered", "late")
_WAITED: Final = ("answered", "median_seconds", "p90_seconds")
Query = dict[str, Any]


@blueprint.errorhandler(TooMuch)
def too_much(error: TooMuch) -> Response:
    """503: whoever asks for less is answered."""
    return Problem(
        503,
        "too-much-to-count",
        "There is more to count than may be counted at once.",
        "Ask for fewer days, or for one team.",
        headers={"Retry-After": "60"},
    ).response()


@blueprint.route("/tickets", methods=["GET"])
@blueprint.arguments(SpanQuery, location="query")
@blueprint.operation("How many tickets opened and closed, by day", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, TicketsPerDaySchema)
@blueprint.alt_response(200, **FILE)
def tickets(query: Query) -> Wire | Response:
    """Every day is there, those without tickets too."""
    within = span_of(query)
    opened, closed = _opened(within, query), _closed(within, query)
    days = [
        {"day": day, "opened": opened.days.get(day, 0), "closed": closed.days.get(day, 0)}
        for day in within.days
    ]
    found = {"opened": sum(opened.days.values()), "closed": sum(closed.days.values()), "days": days}
    return answered(query, "tickets-per-day", found, days, ("day", "opened", "closed"))


@blueprint.route("/first-response", methods=["GET"])
@blueprint.arguments(SpanQuery, location="query")
@blueprint.operation("How long customers waited for the first answer", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, FirstResponseSchema)
@blueprint.alt_response(200, **FILE)
def first_response(query: Query) -> Wire | Response:
    """The median and the 90th percentile, of all and by the day on which the ticket opened."""
    within = span_of(query)
    waits = _opened(within, query).waits
    days = [{"day": day, **_waited(waits.get(day, {}))} for day in within.days]
    found = {**_waited(together(waits.values())), "days": days}
    return answered(query, "first-response", found, days, ("day", *_WAITED))


@blueprint.route("/backlog", methods=["GET"])
@blueprint.arguments(NowQuery, location="query")
@blueprint.operation("What is not closed, by status and channel", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, BacklogSchema)
@blueprint.alt_response(200, **FILE)
def backlog(query: Query) -> Wire | Response:
    """As it is now. The file has a line for each status in each channel."""
    heaps = _backlog(query)
    if query["format"] == CSV:
        pairs = sorted({(heap.status, heap.channel) for heap in heaps})
        rows = [{"status": pair[0], "channel": pair[1], **_left(_only(heaps, *pair))} for pair in pairs]
        return _file("backlog", rows, ("status", "channel", *_LEFT))
    workflow = context.view().workflow
    named = {channel.id: channel for channel in context.services().channels}
    statuses = [status for status in workflow.statuses if status.key in workflow.keys(closed=False)]
    gone = {heap.status for heap in heaps} - {status.key for status in statuses}
    channels = [*named, *sorted({heap.channel for heap in heaps} - set(named))]
    return {
        **_left(heaps),
        "unassigned": sum(heap.count for heap in heaps if heap.assignee is None),
        "oldest_at": min((heap.oldest for heap in heaps), default=None),
        "statuses": [
            {**status_ref(status), **_left(_only(heaps, status.key))}
            for status in [*statuses, *(workflow.status(key) for key in sorted(gone))]
        ],
        "channels": [
            {
                "channel": channel,
                "kind": named[channel].kind if channel in named else None,
                "name": named[channel].name if channel in named else channel,
                **_left(_only(heaps, None, channel)),
            }
            for channel in channels
        ],
    }


@blueprint.route("/service-levels", methods=["GET"])
@blueprint.arguments(SpanQuery, location="query")
@blueprint.operation("How many promises were kept and broken", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, ServiceLevelsSchema)
@blueprint.alt_response(200, **FILE)
def service_levels(query: Query) -> Wire | Response:
    """By kind of promise, those that somebody was given."""
    promises = _opened(span_of(query), query).promises
    targets = [
        {"target": name, **{each: promises[name].get(each, 0) for each in OUTCOMES}}
        for name in TARGETS
        if name in promises
    ]
    return answered(query, "service-levels", {"targets": targets}, targets, ("target", *OUTCOMES))


@blueprint.route("/agents", methods=["GET"])
@blueprint.arguments(SpanQuery, location="query")
@blueprint.operation("The same numbers by who is responsible", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, AgentsSchema)
@blueprint.alt_response(200, **FILE)
def agents(query: Query) -> Wire | Response:
    """Of whoever is responsible for a ticket now, not of whoever was once."""
    within = span_of(query)
    opened, closed, heaps = _opened(within, query), _closed(within, query), _backlog(query)
    names = {user.id: user.name for user in context.services().desk.store.all(User)}
    ids = {*opened.agents, *closed.agents, *(heap.assignee for heap in heaps)}
    rows: list[Wire] = [
        {
            "id": each,
            "name": names.get(each, each) if each is not None else "",
            "opened": opened.agents.get(each, 0),
            "closed": closed.agents.get(each, 0),
            "open": sum(heap.count for heap in heaps if heap.assignee == each),
            **_waited(opened.waits_by_agent.get(each, {})),
        }
        for each in ids
    ]
    rows.sort(key=lambda row: (row["id"] is None, -row["open"], row["name"], row["id"]))
    columns = ("id", "name", "opened", "closed", "open", *_WAITED)
    return answered(query, "agents", {"agents": rows}, rows, columns)


def span_of(query: Query) -> Span:
    """The days that are asked for, in the zone that is: the desk's own unless one is named."""
    desk = context.services().desk
    name = query.get("time_zone")
    zone = ZoneInfo(name) if name else desk.store.desk().time_zone
    return span(desk.clock(), zone, query["days"])


def _opened(within: Span, query: Query) -> Opened:
    return context.services().statistics.opened(within, query["team"])


def _closed(within: Span, query: Query) -> Closed:
    return context.services().statistics.closed(within, query["team"])


def _backlog(query: Query) -> list[Heap]:
    open_ = context.view().workflow.keys(closed=False)
    return context.services().statistics.backlog(open_, query["team"])


def _only(heaps: Iterable[Heap], status: str | None = None, channel: str | None = None) -> list[Heap]:
    return [heap for heap in heaps if status in (None, heap.status) and channel in (None, heap.channel)]


def _left(heaps: Sequence[Heap]) -> Wire:
    return {
        "count": sum(heap.count for heap in heaps),
        "unanswered": sum(heap.unanswered for heap in heaps),
        "late": sum(heap.count for heap in heaps if heap.late),
    }


def _waited(waits: Waits) -> Wire:
    return {
        "answered": sum(waits.values()),
        "median_seconds": percentile(waits, 0.5),
        "p90_seconds": percentile(waits, 0.9),
    }


def answered(
    query: Query, name: str, found: Wire, rows: list[Wire], columns: Sequence[str]
) -> Wire | Response:
    """What was found, or its rows as a file, as the request wants it."""
    return _file(name, rows, columns) if query["format"] == CSV else found


def _file(name: str, rows: list[Wire], columns: Sequence[str]) -> Response:
    cells = ([_cell(row[column]) for column in columns] for row in rows)
    response = Response(as_csv(columns, cells), content_type=str(FILE["content_type"]))
    desk = context.services().desk
    today = desk.clock().astimezone(desk.store.desk().time_zone)
    response.headers["Content-Disposition"] = disposition(f"{name}-{today:%Y-%m-%d}.csv", inline=False)
    return response


def _cell(value: Any) -> Cell:
    return value if isinstance(value, str | int | None) else str(value)
