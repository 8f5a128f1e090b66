"""Leads and contacts: who writes, by what they are recognised, to which organization they belong."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import people as acts
from services.ticket_service.act.identities import identity_of
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import ChangeSchema, frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.people_schemas import language
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ContactSchema
from services.ticket_service.api.values import ID, MAX_TITLE, Label
from services.ticket_service.api.wire import Wire, contact_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contact import CONTACT, STAGES, Contact
from services.ticket_service.domain.identity import BY_HAND
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries_people import ContactFilter

blueprint = ApiBlueprint(
    "contacts", __name__, url_prefix=f"{PREFIX}/contacts", description="The people who write."
)
MOST_IDENTITIES: Final = 20


class ContactQuery(PageQuery):
    """Which contacts."""

    stage = fields.String(load_default=None, validate=validate.OneOf(STAGES))
    organization = fields.String(load_default=None, validate=ID)
    q = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Beginnings of words of name or address; parts of phone numbers."},
    )
    identity = fields.String(
        load_default=None,
        validate=validate.Length(1, 400),
        metadata={
            "description": "Who is known by exactly this: `email:<address>` or another kind and its value.",
            "example": "email:luca@bianchi.example",
        },
    )


class NewIdentitySchema(Schema):
    """By what a person is to be recognised."""

    kind = fields.String(required=True, validate=validate.OneOf(BY_HAND), metadata={"example": "whatsapp"})
    value = fields.String(
        required=True,
        validate=validate.Length(1, 320),
        metadata={"description": "A number with its country, or an address.", "example": "+39 335 1032246"},
    )


class ContactFieldsSchema(Schema):
    """What people say of a contact, beside its name."""

    stage = fields.String(validate=validate.OneOf(STAGES), metadata={"example": "contact"})
    language = language()
    organization = fields.String(
        validate=ID, allow_none=True, metadata={"description": "Id of an organization."}
    )
    job_title = fields.String(validate=validate.Length(max=200), metadata={"example": "Head of purchasing"})


class NewContactSchema(ContactFieldsSchema):
    """A contact to add."""

    name = Label(MAX_TITLE, required=True, metadata={"example": "Daniele Asmonti"})
    identities = fields.List(
        fields.Nested(NewIdentitySchema), load_default=list, validate=validate.Length(max=MOST_IDENTITIES)
    )


class ContactChangeSchema(ChangeSchema, ContactFieldsSchema):
    """What to change; `stage` turns a lead into a contact, or back."""

    name = Label(MAX_TITLE, metadata={"example": "Daniele Asmonti"})


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ContactQuery, location="query")
@blueprint.operation(
    "List leads and contacts, the last changed first", 400, 422, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, page_of(ContactSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of contacts; those that were merged or erased are in none."""
    wanted = ContactFilter(query["stage"], query["organization"], query["q"], _key(query["identity"]))
    found = context.services().people.contacts(wanted, page_wanted(query))
    shown, following = cut(found, query["limit"], _position)
    return {"items": [contact_wire(contact) for contact in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(
    NewContactSchema,
    example={"name": "Daniele Asmonti", "identities": [{"kind": "whatsapp", "value": "+39 335 1032246"}]},
)
@blueprint.operation("Add a contact", 413, 415, idempotent=True, needs=permissions.CONTACTS_WRITE)
@blueprint.response(201, ContactSchema)
def create(body: dict[str, Any]) -> Response:
    """409 `taken` when somebody else is recognised by one of the identities."""
    fields_ = {"stage": CONTACT, **{name: value for name, value in body.items() if name != "identities"}}
    identities = [
        identity_of(each["kind"], each["value"], f"identities.{position}.value")
        for position, each in enumerate(body["identities"])
    ]
    desk = context.services().desk
    return made(
        body,
        ContactSchema,
        contact_wire,
        lambda frame_, remember: acts.create_contact(desk, fields_, identities, frame_, remember),
    )


@blueprint.route("/<contact_id>", methods=["GET"])
@blueprint.operation("One contact", 404, needs=permissions.CONTACTS_READ)
@blueprint.etag
@blueprint.response(200, ContactSchema)
def show(contact_id: str) -> Wire:
    """The contact with this id; one that was merged says into which."""
    contact = context.services().queries.contact(contact_id)
    if contact is None:
        raise not_found("contact")
    return contact_wire(contact)


@blueprint.route("/<contact_id>", methods=["PATCH"])
@blueprint.arguments(ContactChangeSchema, example={"stage": "contact", "name": "Daniele Asmonti"})
@blueprint.operation(
    "Change a contact, or turn a lead into one",
    *(400, 404, 409, 412, 413, 415, 422, 428),
    needs=permissions.CONTACTS_WRITE,
)
@blueprint.etag
@blueprint.response(200, ContactSchema)
def change(wanted: dict[str, Any], contact_id: str) -> Wire:
    """A contact's name is the desk's own: what the provider calls it no longer changes it."""
    desk = context.services().desk
    return contact_wire(acts.change_contact(desk, contact_id, wanted, frame(), unchanged_contact))


@blueprint.route("/<contact_id>/identities", methods=["POST"])
@blueprint.arguments(NewIdentitySchema, example={"kind": "email", "value": "anna@example.com"})
@blueprint.operation(
    "Recognise a contact by one more identity",
    *(404, 413, 415),
    idempotent=True,
    needs=permissions.CONTACTS_WRITE,
)
@blueprint.response(201, ContactSchema)
def add_identity(body: dict[str, Any], contact_id: str) -> Response:
    """409 `taken` when somebody else is: merge the two if they are one person."""
    identity, desk = identity_of(body["kind"], body["value"]), context.services().desk
    return made(
        body,
        ContactSchema,
        contact_wire,
        lambda frame_, remember: acts.add_identity(desk, contact_id, identity, frame_, remember),
    )


@blueprint.route("/<contact_id>/identities/<kind>/<path:value>", methods=["DELETE"])
@blueprint.operation(
    "No longer recognise a contact by an identity", 404, 409, 412, 428, needs=permissions.CONTACTS_WRITE
)
@blueprint.etag
@blueprint.response(200, ContactSchema)
def remove_identity(contact_id: str, kind: str, value: str) -> Wire:
    """Its conversations stay; whoever writes from it next is a new lead."""
    desk = context.services().desk
    contact = acts.remove_identity(desk, contact_id, f"{kind}:{value}", frame(), unchanged_contact)
    return contact_wire(contact)


def _key(given: str | None) -> str | None:
    """An identity as it is stored; one of a kind that people type may be written as they like."""
    kind, _, value = (given or "").partition(":")
    return identity_of(kind, value, "identity").key if kind in BY_HAND else given


def unchanged_contact(contact: Contact) -> None:
    """412 when somebody changed the contact since the caller read it, 428 when If-Match is missing."""
    blueprint.check_etag(contact_wire(contact), ContactSchema)


def _position(contact: Contact) -> Position:
    return Position(contact.updated_at, None, contact.id)
