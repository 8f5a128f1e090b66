"""What changed on a ticket."""

from __future__ import annotations

from typing import Any

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import TimelineQuery, cut, page_of, page_wanted
from services.ticket_service.api.schemas import HistoryEntrySchema
from services.ticket_service.api.timeline import ticket_id
from services.ticket_service.api.wire import Wire, history_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.store.keyset import Position

blueprint = ApiBlueprint(
    "history", __name__, url_prefix=f"{PREFIX}/tickets", description="What changed on a ticket."
)


@blueprint.route("/<number>/history", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation(
    "List the changes: who, when, from what to what", 400, 404, 422, needs=permissions.TICKETS_READ
)
@blueprint.response(200, page_of(HistoryEntrySchema))
def history(query: dict[str, Any], number: str) -> Wire:
    """Every change of the ticket."""
    found = context.services().queries.history(ticket_id(number), page_wanted(query))
    shown, following = cut(found, query["limit"], _history_position)
    return {"items": [history_wire(entry) for entry in shown], "next": following}


def _history_position(entry: HistoryEntry) -> Position:
    return Position(entry.at, None, entry.id)
