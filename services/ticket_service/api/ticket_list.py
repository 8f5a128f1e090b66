"""The list of tickets."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.values import ID, Keys
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries import TicketFilter
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "ticket-list", __name__, url_prefix=f"{PREFIX}/tickets", description="Lists of tickets."
)


class TicketQuery(PageQuery):
    """Which tickets."""

    status = Keys(metadata={"description": "Keys of statuses, repeated or with commas."})
    channel = Keys(metadata={"description": "Ids of channels, repeated or with commas."})
    assignee = fields.String(validate=ID, metadata={"description": "Id of a user, or `none`."})
    requester = fields.String(validate=ID, metadata={"description": "Id of a contact."})
    q = fields.String(
        validate=validate.Length(max=200),
        metadata={"description": "Beginnings of words in number, title or description."},
    )
    created_from = UtcTime(metadata={"description": "Created at or after."})
    created_to = UtcTime(metadata={"description": "Created before."})
    updated_from = UtcTime(metadata={"description": "Changed at or after."})
    updated_to = UtcTime(metadata={"description": "Changed before."})


@blueprint.route("", methods=["GET"])
@blueprint.arguments(TicketQuery, location="query")
@blueprint.operation("List tickets, the last changed first", 400, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(TicketSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of tickets."""
    wanted = TicketFilter(
        status=query.get("status", ()),
        channel=query.get("channel", ()),
        assignee=query.get("assignee"),
        requester=query.get("requester"),
        words=query.get("q", ""),
        created=(query.get("created_from"), query.get("created_to")),
        updated=(query.get("updated_from"), query.get("updated_to")),
    )
    queries = context.services().queries
    found = queries.tickets(wanted, page_wanted(query))
    shown, following = cut(found, query["limit"], _position)
    requesters = queries.contacts_by_id([ticket.requester_id for ticket in shown])
    view = context.view()
    return {
        "items": [view.ticket(ticket, requesters.get(ticket.requester_id)) for ticket in shown],
        "next": following,
    }


def _position(ticket: Ticket) -> Position:
    return Position(ticket.updated_at, None, ticket.id)
