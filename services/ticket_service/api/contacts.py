"""Leads and contacts."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import records
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ContactSchema
from services.ticket_service.api.values import MAX_TITLE, Label
from services.ticket_service.api.wire import Wire, contact_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contact import STAGES, Contact
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries_people import ContactFilter

blueprint = ApiBlueprint(
    "contacts", __name__, url_prefix=f"{PREFIX}/contacts", description="The people who write."
)


class ContactQuery(PageQuery):
    """Which contacts."""

    stage = fields.String(load_default=None, validate=validate.OneOf(STAGES))


class ContactChangeSchema(Schema):
    """What to change; `stage` turns a lead into a contact, or back."""

    name = Label(MAX_TITLE, metadata={"example": "Daniele Asmonti"})
    stage = fields.String(validate=validate.OneOf(STAGES), metadata={"example": "contact"})

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ContactQuery, location="query")
@blueprint.operation(
    "List leads and contacts, the last changed first", 400, 422, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, page_of(ContactSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of contacts."""
    wanted = ContactFilter(query["stage"])
    found = context.services().people.contacts(wanted, page_wanted(query))
    shown, following = cut(found, query["limit"], _position)
    return {"items": [contact_wire(contact) for contact in shown], "next": following}


@blueprint.route("/<contact_id>", methods=["GET"])
@blueprint.operation("One contact", 404, needs=permissions.CONTACTS_READ)
@blueprint.etag
@blueprint.response(200, ContactSchema)
def show(contact_id: str) -> Wire:
    """The contact with this id."""
    contact = context.services().queries.contact(contact_id)
    if contact is None:
        raise not_found("contact")
    return contact_wire(contact)


@blueprint.route("/<contact_id>", methods=["PATCH"])
@blueprint.arguments(ContactChangeSchema, example={"stage": "contact", "name": "Daniele Asmonti"})
@blueprint.operation(
    "Rename a contact, or turn a lead into one",
    400,
    404,
    412,
    413,
    415,
    422,
    428,
    needs=permissions.CONTACTS_WRITE,
)
@blueprint.etag
@blueprint.response(200, ContactSchema)
def change(wanted: dict[str, Any], contact_id: str) -> Wire:
    """A contact's name is the desk's own: what the provider calls it no longer changes it."""
    services = context.services()

    def unchanged(contact: Contact) -> None:
        blueprint.check_etag(contact_wire(contact), ContactSchema)

    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    contact = records.change_contact(
        services.desk, lambda: services.queries.contact(contact_id), wanted, frame, unchanged
    )
    return contact_wire(contact)


def _position(contact: Contact) -> Position:
    return Position(contact.updated_at, None, contact.id)
