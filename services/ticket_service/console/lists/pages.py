"""The addresses of lists: the page, its rows anew, and the search over everything."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from services.ticket_service.console.lists.pane import list_pane, page_of_rows
from services.ticket_service.console.lists.search import found
from services.ticket_service.console.pages import ConsoleBlueprint, show, wants_fragment
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("lists", __name__)
MOST_WORDS: Final = 200


@blueprint.page("/tickets", needs=permissions.TICKETS_READ)
def tickets() -> Response:
    """The list of tickets: as a list, a board or a table."""
    if wants_fragment("rows"):
        return show("tickets/rows.html", listing=page_of_rows(request.args))
    listing = list_pane(request.args, shape=None)
    if wants_fragment("list-pane"):
        return show("tickets/pane.html", listing=listing)
    return show("tickets/index.html", listing=listing, pane=None)


@blueprint.page("/search", needs=permissions.TICKETS_READ)
def search() -> Response:
    """Tickets, people, organizations and conversations with these words."""
    words = request.args.get("q", "").replace("\0", "").strip()[:MOST_WORDS]
    return show("tickets/search.html", words=words, groups=found(words) if words else [])
