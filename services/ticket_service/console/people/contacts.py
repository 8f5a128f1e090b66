"""Leads and contacts: who they are, what they asked, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request
from flask_babel import lazy_gettext as _l

from services.ticket_service.api import context
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.console.ticket import labels
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contact import STAGES
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("contacts", __name__)

PARTS: Final = {
    "tickets": (_l("Tickets"), permissions.TICKETS_READ),
    "conversations": (_l("Conversations"), permissions.TICKETS_READ),
    "interventions": (_l("Interventions"), permissions.RECORDS_READ),
    "notes": (_l("Notes"), permissions.CONTACTS_READ),
    "history": (_l("History"), permissions.CONTACTS_READ),
}
"""The parts of a record, each with the permission to read it."""
LONGEST_NAME: Final = 200
_ROWS: Final = 50
_COUNTED: Final = 100
_SIDES: Final = ("before", "after")


@blueprint.page("/contacts", needs=permissions.CONTACTS_READ)
def index() -> Response:
    """Those of a stage that fit the words, the last changed first."""
    stage, words = asked.one_of("stage", STAGES), asked.words()
    page = read("/contacts", stage=stage or None, q=words or None, cursor=asked.cursor(), limit=_ROWS)
    names = organization_names([each["organization"] for each in page["items"]])
    return show(
        "people/contacts.html",
        people=page["items"],
        following=page["next"],
        stage=stage,
        words=words,
        organizations=names,
    )


@blueprint.page("/contacts/new", needs=permissions.CONTACTS_WRITE)
def new() -> Response:
    """A form for somebody new."""
    return show("people/contact_new.html", name=request.args.get("name", "")[:LONGEST_NAME])


@blueprint.page("/contacts/<contact_id>", needs=permissions.CONTACTS_READ)
def one(contact_id: str) -> Response:
    """The record, with one of its parts open."""
    contact = read_tagged(f"/contacts/{contact_id}")
    body = contact.body
    part = asked.one_of("part", PARTS, "tickets")
    if body["erased_at"]:
        erasure = (
            read(f"/contacts/{contact_id}/erasure")
            if context.caller().may(permissions.CONTACTS_ERASE)
            else None
        )
        return show("people/contact_gone.html", contact=body, into=None, erasure=erasure)
    if body["merged_into"]:
        into = read(f"/contacts/{body['merged_into']}")
        return show("people/contact_gone.html", contact=body, into=into, erasure=None)
    found = _PART_READ[part](contact_id) if context.caller().may(PARTS[part][1]) else {}
    return show(
        "people/contact.html",
        contact=body,
        etag=contact.etag,
        organization=_organization(body["organization"]),
        suggestions=read(f"/contacts/{contact_id}/suggestions")["items"],
        part=part,
        sections={name: label for name, (label, needs) in PARTS.items() if context.caller().may(needs)},
        **found,
    )


@blueprint.page("/contacts/<contact_id>/notes/<note_id>/edit", needs=permissions.CONTACTS_WRITE)
def edit_note(contact_id: str, note_id: str) -> Response:
    """What a dialog holds for correcting one's note."""
    path = f"/contacts/{contact_id}/notes/{note_id}"
    note = read_tagged(path)
    return show("people/note_form.html", note=note.body, etag=note.etag, path=path)


@blueprint.page("/contacts/<contact_id>/merge", needs=permissions.CONTACTS_MERGE)
def merge(contact_id: str) -> Response:
    """Whom to merge it into, and then what that would move."""
    contact, into = read(f"/contacts/{contact_id}"), request.args.get("into", "")
    if into and into != contact_id:
        return show(
            "people/merge.html",
            contact=contact,
            into=read(f"/contacts/{into}"),
            moving=_moving(contact_id),
        )
    words = asked.words() or ("" if "q" in request.args else contact["name"])
    found = read("/contacts", q=words, limit=_ROWS)["items"] if words else []
    others = [each for each in found if each["id"] != contact_id]
    return show("people/merge_pick.html", contact=contact, words=words, others=others)


def organization_names(ids: list[str | None]) -> dict[str, str]:
    """The names of these organizations; one that is gone meanwhile has none."""
    named = {each: _organization(each) for each in {each for each in ids if each}}
    return {each: found["name"] for each, found in named.items() if found}


def _organization(organization_id: str | None) -> Json | None:
    if organization_id is None:
        return None
    try:
        return read(f"/organizations/{organization_id}")
    except Problem:
        return None


def _moving(contact_id: str) -> dict[str, tuple[int, bool]]:
    """How much of each would move; the flag says that there is more than was counted."""
    paths = {
        "conversations": ("/conversations", {"contact": contact_id}),
        "tickets": (f"/contacts/{contact_id}/tickets", {}),
        "notes": (f"/contacts/{contact_id}/notes", {}),
    }
    counted = {}
    for name, (path, query) in paths.items():
        page = read(path, limit=_COUNTED, **query)
        counted[name] = len(page["items"]), page["next"] is not None
    return counted


def _tickets(contact_id: str) -> dict[str, Any]:
    return {"tickets": read(f"/contacts/{contact_id}/tickets", cursor=asked.cursor(), limit=_ROWS)}


def _conversations(contact_id: str) -> dict[str, Any]:
    return {"talks": read("/conversations", contact=contact_id, cursor=asked.cursor(), limit=_ROWS)}


def _interventions(contact_id: str) -> dict[str, Any]:
    path = f"/contacts/{contact_id}/interventions"
    return {"interventions": read(path, cursor=asked.cursor(), limit=_ROWS)}


def _notes(contact_id: str) -> dict[str, Any]:
    return {"notes_page": read(f"/contacts/{contact_id}/notes", cursor=asked.cursor(), limit=_ROWS)}


def _history(contact_id: str) -> dict[str, Any]:
    merges = read(f"/contacts/{contact_id}/merges", limit=_ROWS)["items"]
    history = read(f"/contacts/{contact_id}/history", cursor=asked.cursor(), limit=_ROWS)
    changes = [change for entry in history["items"] for change in entry["changes"]]
    moved = [change for change in changes if change["field"] == "organization"]
    names = organization_names([change[side] for change in moved for side in _SIDES])
    for change in changes:
        known = {"organization": names, "stage": labels.STAGES}.get(change["field"], {})
        change.update({side: str(known.get(change[side], change[side] or "")) for side in _SIDES})
    return {"history": history, "merges": [] if asked.cursor() else merges}


_PART_READ: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "tickets": _tickets,
    "conversations": _conversations,
    "interventions": _interventions,
    "notes": _notes,
    "history": _history,
}
