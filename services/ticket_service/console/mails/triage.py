"""Triage: mails that opened no ticket by themselves, read in place, and what people make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import lazy_gettext as _l

from services.ticket_service.api import context
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.timeline import shown
from services.ticket_service.console.composer.pages import blank_controls
from services.ticket_service.console.mails.frame import framed
from services.ticket_service.console.mails.waiting import waiting_mails
from services.ticket_service.console.mails.words import FILTERS, STATES
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import Json, read
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.domain import permissions, triage
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.message import Message

blueprint = ConsoleBlueprint("triage", __name__)
for _name, _filter in FILTERS.items():
    blueprint.add_app_template_filter(_filter, _name)

ALL: Final = "all"
WAYS: Final[Mapping[str, object]] = {
    triage.HELD: _l("Waiting"),
    triage.IGNORED: _l("Ignored"),
    "done": _l("On tickets"),
    ALL: _l("All"),
}
"""How the list is cut."""
_STATES_OF: Final = {"done": [triage.TICKET, triage.JOINED], ALL: None}
_ROWS: Final = 40
_TICKETS: Final = 5
_FIRST: Final = ("service", "category", "priority", "assignee", "group", "tags")
"""Fields that somebody may know already when a mail becomes a ticket."""


@blueprint.page("/triage", needs=permissions.TRIAGE_READ)
def index() -> Response:
    """The list, and no mail open."""
    return show("mails/triage.html", mail=None, **_list())


@blueprint.page("/triage/<mail_id>", needs=permissions.TRIAGE_READ)
def one(mail_id: str) -> Response:
    """One mail beside the list."""
    mail = read(f"/triage/{mail_id}")
    return show("mails/triage.html", mail=mail, known=_known(mail), **_list())


@blueprint.page("/triage/mail", needs=permissions.TRIAGE_READ)
def frame() -> Response:
    """The HTML of a mail as the body of a frame; `pictures`: with those from outside."""
    return framed(_message(), pictures=request.args.get("pictures") == "1")


@blueprint.page("/triage/original", needs=permissions.TRIAGE_READ)
def original() -> Response:
    """A mail as it came: its headers, its words, and its HTML as text."""
    message = _message()
    return show("mails/original.html", action=shown([message])[0], mail=message.mail)


@blueprint.page("/triage/new-ticket", needs=permissions.TRIAGE_WRITE)
def new_ticket() -> Response:
    """The sheet in which a mail becomes a ticket (S001); the customer is found by the address."""
    mail = read(f"/triage/{request.args.get('message', '')}")
    return show("mails/new_ticket.html", mail=mail, known=_known(mail), first=blank_controls(Names(), _FIRST))


@blueprint.page("/triage/join", needs=permissions.TRIAGE_WRITE)
def join() -> Response:
    """The sheet in which a mail is put on a ticket there is."""
    mail = read(f"/triage/{request.args.get('message', '')}")
    return show("mails/join.html", mail=mail, known=_known(mail))


@blueprint.page("/triage/block", needs=permissions.TRIAGE_WRITE)
def block() -> Response:
    """The sheet in which a sender is blocked."""
    return show("mails/block.html", mail=read(f"/triage/{request.args.get('message', '')}"))


def _list() -> dict[str, Any]:
    way = asked.one_of("show", WAYS, triage.HELD)
    channels = {each["id"]: each["name"] for each in read("/channels")["items"] if each["kind"] == MAIL}
    channel = asked.one_of("channel", channels)
    words = asked.words()
    states = _STATES_OF.get(way, [way])
    page = read(
        "/triage",
        state=",".join(states) if states else None,
        channel=channel or None,
        q=words or None,
        cursor=asked.cursor(),
        limit=_ROWS,
    )
    kept = {"show": way if way != triage.HELD else "", "channel": channel, "q": words}
    query = urlencode({name: value for name, value in kept.items() if value})
    return {
        "mails": page["items"],
        "following": page["next"],
        "way": way,
        "ways": WAYS,
        "channels": channels,
        "channel": channel,
        "q": words,
        "query": f"?{query}" if query else "",
        "states": STATES,
        "waiting": waiting_mails(),
    }


def _known(mail: Json) -> Json | None:
    """Who wrote it, as far as the desk knows, and their latest tickets; None for somebody who was erased."""
    contact = mail["contact"]
    if contact is None:
        return None
    tickets = read("/tickets", requester=contact["id"], sort="-updated", limit=_TICKETS)["items"]
    return {"contact": contact, "tickets": tickets}


def _message() -> Message:
    """The message of the mail that the address names. Problem 404."""
    mail_id = request.args.get("message", "")
    read(f"/triage/{mail_id}")
    message = context.services().desk.store.load_messages([mail_id]).get(mail_id)
    if message is None:
        raise not_found("mail")
    return message
