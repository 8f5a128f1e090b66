"""The addresses of the ticket page: the page itself, older entries, the gallery, the sheets of its menu."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from services.ticket_service.api import context
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.timeline import shown
from services.ticket_service.console.lists.pane import list_pane
from services.ticket_service.console.mails.frame import framed
from services.ticket_service.console.pages import ConsoleBlueprint, show, wants_fragment
from services.ticket_service.console.reading import read
from services.ticket_service.console.ticket import sheets
from services.ticket_service.console.ticket.allowed import Reader
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.console.ticket.pane import (
    conversation_of,
    tagged_ticket,
    ticket_pane,
    timeline_of,
)
from services.ticket_service.console.ticket.words import FILTERS
from services.ticket_service.domain import permissions
from services.ticket_service.domain.message import Message

blueprint = ConsoleBlueprint("ticket", __name__)
for _name, _filter in FILTERS.items():
    blueprint.add_app_template_filter(_filter, _name)

_MOST_FILES: Final = 100
_PARTS: Final = ("ticket-pane", "ticket-main", "ticket-head", "ticket-fields", "ticket-side")


@blueprint.page("/tickets/<number>", needs=permissions.TICKETS_READ)
def ticket(number: str) -> Response:
    """The ticket beside the list; only the ticket where the page asks for a part of it."""
    pane = ticket_pane(number)
    if any(wants_fragment(part) for part in _PARTS):
        return show("ticket/part.html", pane=pane)
    return show("tickets/index.html", pane=pane, listing=list_pane(request.args, number=number))


@blueprint.page("/tickets/<number>/timeline", needs=permissions.TICKETS_READ)
def timeline(number: str) -> Response:
    """A page of the timeline: the newest, or the one before a cursor."""
    found, _etag = tagged_ticket(number)
    reader = Reader.of(found, conversation_of(found))
    return show("ticket/entries.html", timeline=timeline_of(found, reader, Names()), number=number)


@blueprint.page("/tickets/<number>/gallery", needs=permissions.TICKETS_READ)
def gallery(number: str) -> Response:
    """All files of the ticket, one of them large."""
    files = read(f"/tickets/{number}/attachments", limit=_MOST_FILES, order="newest")
    return show("ticket/gallery.html", number=number, files=files["items"], wanted=request.args.get("file"))


@blueprint.page("/tickets/<number>/sheets/<name>", needs=permissions.TICKETS_READ)
def sheet(number: str, name: str) -> Response:
    """The dialog of one of the things that can be done with the ticket. Problem 404, 403."""
    maker = sheets.SHEETS.get(name)
    if maker is None:
        raise not_found("sheet")
    found, etag = tagged_ticket(number)
    values = {"ticket": found, "etag": etag, "number": found["number"], **maker(found)}
    return show(f"ticket/sheets/{name}.html", **values)


@blueprint.page("/tickets/<number>/mail", needs=permissions.TICKETS_READ)
def mail(number: str) -> Response:
    """The HTML of a mail as the body of a frame; `pictures`: with those from outside."""
    return framed(_message(number), pictures=request.args.get("pictures") == "1")


@blueprint.page("/tickets/<number>/original", needs=permissions.TICKETS_READ)
def original(number: str) -> Response:
    """A mail as it came: its headers, its words, and its HTML as text."""
    message = _message(number)
    return show("mails/original.html", action=shown([message])[0], mail=message.mail)


def _message(number: str) -> Message:
    """The message that the address names, which must be on the ticket. Problem 404."""
    found, _etag = tagged_ticket(number)
    message_id = request.args.get("message", "")
    message = context.services().desk.store.load_messages([message_id]).get(message_id)
    if message is None or message.ticket_id != found["id"]:
        raise not_found("action")
    return message
