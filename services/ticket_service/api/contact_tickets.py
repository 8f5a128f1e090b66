"""All that one person ever asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.ticket_list import page
from services.ticket_service.api.ticket_query import TicketQuery, filter_of
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions

blueprint = ApiBlueprint(
    "contact-tickets", __name__, url_prefix=f"{PREFIX}/contacts", description="What a person asked."
)


@blueprint.route("/<contact_id>/tickets", methods=["GET"])
@blueprint.arguments(TicketQuery, location="query")
@blueprint.operation(
    "List the tickets of a contact, the last changed first", 400, 404, 422, needs=permissions.TICKETS_READ
)
@blueprint.response(200, page_of(TicketSchema))
def find(query: dict[str, Any], contact_id: str) -> Wire:
    """As the list of tickets, of this requester only."""
    if context.services().queries.contact(contact_id) is None:
        raise not_found("contact")
    wanted = filter_of(query)
    return page(query, replace(wanted, any_of={**wanted.any_of, "requester": [contact_id]}))
