"""Organizations: the companies and bodies that people write for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request
from flask_babel import lazy_gettext as _l

from services.ticket_service.api import context
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("organizations", __name__)

PARTS: Final = {
    "people": (_l("People"), permissions.CONTACTS_READ),
    "tickets": (_l("Tickets"), permissions.TICKETS_READ),
    "records": (_l("Projects and contracts"), permissions.RECORDS_READ),
    "notes": (_l("Notes"), permissions.CONTACTS_READ),
    "history": (_l("History"), permissions.CONTACTS_READ),
}
"""The parts of a record, each with the permission to read it."""
_ROWS: Final = 50
_MOST_RECORDS: Final = 100


@blueprint.page("/organizations", needs=permissions.CONTACTS_READ)
def index() -> Response:
    """Those that fit the words, the last changed first; with `?active=false` those switched off."""
    off, words = request.args.get("active") == "false", asked.words()
    page = read("/organizations", q=words or None, active=not off, cursor=asked.cursor(), limit=_ROWS)
    return show(
        "people/organizations.html", found=page["items"], following=page["next"], words=words, off=off
    )


@blueprint.page("/organizations/new", needs=permissions.CONTACTS_WRITE)
def new() -> Response:
    """A form for a new one."""
    return show("people/organization_new.html")


@blueprint.page("/organizations/<organization_id>", needs=permissions.CONTACTS_READ)
def one(organization_id: str) -> Response:
    """The record, with one of its parts open."""
    organization = read_tagged(f"/organizations/{organization_id}")
    part = asked.one_of("part", PARTS, "people")
    found = _PART_READ[part](organization_id) if context.caller().may(PARTS[part][1]) else {}
    return show(
        "people/organization.html",
        organization=organization.body,
        etag=organization.etag,
        part=part,
        sections={name: label for name, (label, needs) in PARTS.items() if context.caller().may(needs)},
        **found,
    )


@blueprint.page("/organizations/<organization_id>/notes/<note_id>/edit", needs=permissions.CONTACTS_WRITE)
def edit_note(organization_id: str, note_id: str) -> Response:
    """What a dialog holds for correcting one's note."""
    path = f"/organizations/{organization_id}/notes/{note_id}"
    note = read_tagged(path)
    return show("people/note_form.html", note=note.body, etag=note.etag, path=path)


def _people(organization_id: str) -> dict[str, Any]:
    return {"people": read("/contacts", organization=organization_id, cursor=asked.cursor(), limit=_ROWS)}


def _tickets(organization_id: str) -> dict[str, Any]:
    return {"tickets": read("/tickets", organization=organization_id, cursor=asked.cursor(), limit=_ROWS)}


def _records(organization_id: str) -> dict[str, Any]:
    return {
        kind: read(f"/{kind}", organization=organization_id, limit=_MOST_RECORDS)["items"]
        for kind in ("projects", "contracts")
    }


def _notes(organization_id: str) -> dict[str, Any]:
    return {"notes_page": read(f"/organizations/{organization_id}/notes", cursor=asked.cursor(), limit=_ROWS)}


def _history(organization_id: str) -> dict[str, Any]:
    return {"history": read(f"/organizations/{organization_id}/history", cursor=asked.cursor(), limit=_ROWS)}


_PART_READ: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "people": _people,
    "tickets": _tickets,
    "records": _records,
    "notes": _notes,
    "history": _history,
}
