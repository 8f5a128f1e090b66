"""Notes about contacts and organizations."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import notes as acts
from services.ticket_service.act.keeping import found
from services.ticket_service.act.people import contact_in_use
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.schemas import ActorSchema
from services.ticket_service.api.values import MAX_TEXT, Text
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.note import Note, about_contact, about_organization
from services.ticket_service.domain.organization import Organization
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "notes",
    __name__,
    url_prefix=PREFIX,
    description="What the desk wrote down about contacts and organizations.",
)


class NoteSchema(Schema):
    """Something written down."""

    id = fields.String(required=True)
    text = fields.String(required=True, metadata={"example": "Prefers to be called after 17."})
    author = fields.Nested(ActorSchema, required=True)
    created_at = UtcTime(required=True)
    edited_at = UtcTime(required=True, allow_none=True)


class NoteTextSchema(Schema):
    """The text of a note."""

    text = Text(MAX_TEXT, required=True, metadata={"example": "Prefers to be called after 17."})


@blueprint.route("/contacts/<contact_id>/notes", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the notes about a contact, the newest first", 400, 404, 409, 422, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, page_of(NoteSchema))
def contacts_find(query: dict[str, Any], contact_id: str) -> Wire:
    """A page of notes."""
    return _find(_contact(contact_id), query)


@blueprint.route("/contacts/<contact_id>/notes", methods=["POST"])
@blueprint.arguments(NoteTextSchema, example={"text": "Prefers to be called in the morning."})
@blueprint.operation(
    "Write a note about a contact", 404, 413, 415, idempotent=True, needs=permissions.CONTACTS_WRITE
)
@blueprint.response(201, NoteSchema)
def contacts_write(body: dict[str, Any], contact_id: str) -> Response:
    """Customers never see it."""
    return _write(_contact(contact_id), body)


@blueprint.route("/contacts/<contact_id>/notes/<note_id>", methods=["GET"])
@blueprint.operation("One note about a contact", 404, 409, needs=permissions.CONTACTS_READ)
@blueprint.etag
@blueprint.response(200, NoteSchema)
def contacts_show(contact_id: str, note_id: str) -> Wire:
    """The note with this id."""
    return _show(_contact(contact_id), note_id)


@blueprint.route("/contacts/<contact_id>/notes/<note_id>", methods=["PATCH"])
@blueprint.arguments(NoteTextSchema, example={"text": "Prefers to be called in the morning."})
@blueprint.operation(
    "Correct your note about a contact",
    *(400, 404, 409, 412, 413, 415, 422, 428),
    needs=permissions.CONTACTS_WRITE,
)
@blueprint.etag
@blueprint.response(200, NoteSchema)
def contacts_edit(body: dict[str, Any], contact_id: str, note_id: str) -> Wire:
    """Only its author may."""
    return _edit(_contact(contact_id), note_id, body)


@blueprint.route("/contacts/<contact_id>/notes/<note_id>", methods=["DELETE"])
@blueprint.operation(
    "Take your note about a contact away", 404, 409, 412, 428, needs=permissions.CONTACTS_WRITE
)
@blueprint.etag
@blueprint.response(204)
def contacts_remove(contact_id: str, note_id: str) -> None:
    """Only its author may."""
    _remove(_contact(contact_id), note_id)


@blueprint.route("/organizations/<organization_id>/notes", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the notes about an organization, the newest first",
    400,
    404,
    409,
    422,
    needs=permissions.CONTACTS_READ,
)
@blueprint.response(200, page_of(NoteSchema))
def organizations_find(query: dict[str, Any], organization_id: str) -> Wire:
    """A page of notes."""
    return _find(_organization(organization_id), query)


@blueprint.route("/organizations/<organization_id>/notes", methods=["POST"])
@blueprint.arguments(NoteTextSchema, example={"text": "Prefers to be called in the morning."})
@blueprint.operation(
    "Write a note about an organization", 404, 413, 415, idempotent=True, needs=permissions.CONTACTS_WRITE
)
@blueprint.response(201, NoteSchema)
def organizations_write(body: dict[str, Any], organization_id: str) -> Response:
    """Customers never see it."""
    return _write(_organization(organization_id), body)


@blueprint.route("/organizations/<organization_id>/notes/<note_id>", methods=["GET"])
@blueprint.operation("One note about an organization", 404, 409, needs=permissions.CONTACTS_READ)
@blueprint.etag
@blueprint.response(200, NoteSchema)
def organizations_show(organization_id: str, note_id: str) -> Wire:
    """The note with this id."""
    return _show(_organization(organization_id), note_id)


@blueprint.route("/organizations/<organization_id>/notes/<note_id>", methods=["PATCH"])
@blueprint.arguments(NoteTextSchema, example={"text": "Prefers to be called in the morning."})
@blueprint.operation(
    "Correct your note about an organization",
    *(400, 404, 409, 412, 413, 415, 422, 428),
    needs=permissions.CONTACTS_WRITE,
)
@blueprint.etag
@blueprint.response(200, NoteSchema)
def organizations_edit(body: dict[str, Any], organization_id: str, note_id: str) -> Wire:
    """Only its author may."""
    return _edit(_organization(organization_id), note_id, body)


@blueprint.route("/organizations/<organization_id>/notes/<note_id>", methods=["DELETE"])
@blueprint.operation(
    "Take your note about an organization away", 404, 409, 412, 428, needs=permissions.CONTACTS_WRITE
)
@blueprint.etag
@blueprint.response(204)
def organizations_remove(organization_id: str, note_id: str) -> None:
    """Only its author may."""
    _remove(_organization(organization_id), note_id)


def _contact(contact_id: str) -> str:
    contact_in_use(context.services().desk, contact_id)
    return about_contact(contact_id)


def _organization(organization_id: str) -> str:
    found(context.services().desk, Organization, organization_id, "organization")
    return about_organization(organization_id)


def _find(about: str, query: dict[str, Any]) -> Wire:
    wanted, order = {"about": {"$eq": about}}, Order("created_at", True)
    notes = context.services().records.page(Note, wanted, order, page_wanted(query))
    shown, following = cut(notes, query["limit"], lambda note: Position(note.created_at, None, note.id))
    return {"items": [_wire(note) for note in shown], "next": following}


def _write(about: str, body: dict[str, Any]) -> Response:
    desk = context.services().desk
    return made(
        body,
        NoteSchema,
        _wire,
        lambda frame_, remember: acts.write_note(desk, about, body["text"], frame_, remember),
    )


def _show(about: str, note_id: str) -> Wire:
    note = acts.note_about(context.services().desk, about, note_id)
    blueprint.set_etag(tag(note))
    return _wire(note)


def _edit(about: str, note_id: str, body: dict[str, Any]) -> Wire:
    note = acts.edit_note(
        context.services().desk,
        about,
        note_id,
        body["text"],
        frame(),
        lambda each: unchanged(blueprint, each),
    )
    blueprint.set_etag(tag(note))
    return _wire(note)


def _remove(about: str, note_id: str) -> None:
    desk = context.services().desk
    acts.remove_note(desk, about, note_id, frame(), lambda each: unchanged(blueprint, each))


def _wire(note: Note) -> Wire:
    shown = ("id", "text", "created_at", "edited_at")
    return {**{name: getattr(note, name) for name in shown}, "author": actor(note.author)}
