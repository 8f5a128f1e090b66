"""How content customers were, over all and by day, responsible and channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.statistics import FILE, Query, answered, span_of, too_much
from services.ticket_service.api.statistics_schemas import SatisfactionNumbersSchema, SpanQuery
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.satisfaction import SCORES
from services.ticket_service.domain.statistics import Ratings, average
from services.ticket_service.domain.user import User
from services.ticket_service.store.queries_statistics import TooMuch

blueprint = ApiBlueprint(
    "satisfaction",
    __name__,
    url_prefix=f"{PREFIX}/statistics",
    description="How content customers were, at most a minute old; also as CSV.",
)
blueprint.register_error_handler(TooMuch, too_much)


@blueprint.route("/satisfaction", methods=["GET"])
@blueprint.arguments(SpanQuery, location="query")
@blueprint.operation("How content customers were", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, SatisfactionNumbersSchema)
@blueprint.alt_response(200, **FILE)
def satisfaction(query: Query) -> Wire | Response:
    """By the day on which they said it. The file has a line for each day."""
    within = span_of(query)
    ratings = context.services().statistics.satisfaction(within, query["team"])
    days = [{"day": day, **_content([each for each in ratings if each.day == day])} for day in within.days]
    found = {
        **_content(ratings),
        "scores": [
            {"score": score, "count": sum(each.count for each in ratings if each.score == score)}
            for score in SCORES
        ],
        "days": days,
        "agents": _by_agent(ratings),
        "channels": _by_channel(ratings),
    }
    return answered(query, "satisfaction", found, days, ("day", "count", "average"))


def _content(ratings: Sequence[Ratings]) -> Wire:
    return {"count": sum(each.count for each in ratings), "average": average(ratings)}


def _by_agent(ratings: Sequence[Ratings]) -> list[Wire]:
    names = {user.id: user.name for user in context.services().desk.store.all(User)}
    rows: list[dict[str, Any]] = [
        {
            "id": each,
            "name": names.get(each, each) if each is not None else "",
            **_content([one for one in ratings if one.assignee == each]),
        }
        for each in {one.assignee for one in ratings}
    ]
    return sorted(rows, key=lambda row: (row["id"] is None, -row["count"], row["name"], row["id"]))


def _by_channel(ratings: Sequence[Ratings]) -> list[Wire]:
    named = {channel.id: channel for channel in context.services().channels}
    return [
        {
            "channel": each,
            "kind": named[each].kind if each in named else None,
            "name": named[each].name if each in named else each,
            **_content([one for one in ratings if one.channel == each]),
        }
        for each in sorted({one.channel for one in ratings})
    ]
