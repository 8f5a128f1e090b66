"""Lists of tickets, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from marshmallow import Schema, fields

from services.ticket_service.api import context, ticket_cursor
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.schemas import StatusRefSchema, TicketSchema
from services.ticket_service.api.ticket_query import (
    TicketFilterSchema,
    TicketQuery,
    filter_of,
    order_of,
    position_of,
)
from services.ticket_service.api.wire import Wire, status_ref
from services.ticket_service.domain import permissions
from services.ticket_service.store.queries_tickets import MOST_COUNTED, Counted
from services.ticket_service.store.ticket_filter import TicketFilter

blueprint = ApiBlueprint(
    "ticket-list", __name__, url_prefix=f"{PREFIX}/tickets", description="Which tickets there are."
)
_EVERYTHING: Final = TicketFilter()


class CountSchema(Schema):
    """How many there are."""

    count = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Null where counting takes too long.", "example": 12},
    )
    more = fields.Boolean(
        required=True, metadata={"description": f"There are more: counting ended at {MOST_COUNTED}."}
    )


class StatusCountSchema(StatusRefSchema, CountSchema):
    """How many tickets a status has."""


class TicketCountsSchema(Schema):
    """How many tickets there are, by status."""

    statuses = fields.List(fields.Nested(StatusCountSchema), required=True)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(TicketQuery, location="query")
@blueprint.operation("List tickets, the last changed first", 400, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(TicketSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of tickets.

    A page may hold fewer than `limit` and have a `next` all the same: of a search for common words each
    request looks through so many tickets and no more.
    """
    return page(query, filter_of(query))


@blueprint.route("/counts", methods=["GET"])
@blueprint.arguments(TicketFilterSchema, location="query")
@blueprint.operation("Count tickets by status", 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, TicketCountsSchema)
def counts(query: dict[str, Any]) -> Wire:
    """Exact for all tickets; with a filter each count ends somewhere."""
    wanted = filter_of(query)
    tickets = context.services().tickets
    statuses = context.services().desk.store.workflow().statuses
    if wanted == _EVERYTHING:
        exact = tickets.counters()
        found = {status.key: Counted(exact.get(status.key, 0)) for status in statuses}
    else:
        chosen = wanted.any_of.get("status") or [status.key for status in statuses]
        found = {
            key: tickets.count(replace(wanted, any_of={**wanted.any_of, "status": [key]})) for key in chosen
        }
    shown = [status for status in statuses if status.key in found]
    return {"statuses": [{**status_ref(each), **counted(found[each.key])} for each in shown]}


def page(query: Mapping[str, Any], wanted: TicketFilter) -> Wire:
    """A page of the tickets that fit, in the order and from the position that a loaded TicketQuery names."""
    order = order_of(query["sort"])
    services = context.services()
    found = services.tickets.page(wanted, order, position_of(query, order), query["limit"])
    requesters = services.queries.contacts_by_id([ticket.requester_id for ticket in found.tickets])
    view = context.view()
    return {
        "items": [view.ticket(ticket, requesters.get(ticket.requester_id)) for ticket in found.tickets],
        "next": ticket_cursor.encode(order, found.next) if found.next else None,
    }


def counted(found: Counted) -> Wire:
    """A count on the wire."""
    return {"count": found.count, "more": found.more}
