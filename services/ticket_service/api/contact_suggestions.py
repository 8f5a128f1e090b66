"""Contacts that may be one person, because a visitor typed what another one is known by: people decide."""

from __future__ import annotations

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act.suggestions import dismiss as dismiss_suggestion
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ContactSchema, RequesterSchema
from services.ticket_service.api.wire import Wire, contact_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.claim import KINDS
from services.ticket_service.domain.suggestion import MergeSuggestion, suggestions
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "contact-suggestions",
    __name__,
    url_prefix=f"{PREFIX}/contacts",
    description="Contacts that may be one person; nobody is merged by what they only say of themselves.",
)


class SuggestionSchema(Schema):
    """Another contact that may be the same person."""

    id = fields.String(required=True, metadata={"description": "The other contact's id."})
    contact = fields.Nested(RequesterSchema, required=True, metadata={"description": "The other contact."})
    kind = fields.String(required=True, metadata={"enum": [*KINDS, CHAT]})
    value = fields.String(
        required=True,
        metadata={"description": "What they have in common.", "example": "giulia@bianchi.example"},
    )
    proven = fields.Boolean(
        required=True,
        metadata={"description": "Whether one of them is known by it; else both only say to have it."},
    )
    at = UtcTime(required=True, metadata={"description": "When it was typed, or their browser had it."})


@blueprint.route("/<contact_id>/suggestions", methods=["GET"])
@blueprint.operation(
    "List who may be the same person as a contact, the latest first", 404, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, page_of(SuggestionSchema))
def find(contact_id: str) -> Wire:
    """All of them; merge the one into the other to accept, dismiss to never see it again."""
    services = context.services()
    contact = services.queries.contact(contact_id)
    if contact is None:
        raise not_found("contact")
    found = suggestions(contact, services.people.alike(contact))
    return {"items": [_wire(each) for each in found], "next": None}


@blueprint.route("/<contact_id>/suggestions/<other_id>/dismiss", methods=["POST"])
@blueprint.operation(
    "Say that two contacts are not one person", 404, idempotent=True, needs=permissions.CONTACTS_MERGE
)
@blueprint.response(200, ContactSchema)
def dismiss(contact_id: str, other_id: str) -> Response:
    """Neither is suggested for the other again, whatever either of them types."""
    desk = context.services().desk
    return made(
        None,
        ContactSchema,
        contact_wire,
        lambda frame, remember: dismiss_suggestion(desk, contact_id, other_id, frame, remember),
        200,
    )


def _wire(suggestion: MergeSuggestion) -> Wire:
    return {
        "id": suggestion.other.id,
        "contact": contact_wire(suggestion.other),
        **{name: getattr(suggestion, name) for name in ("kind", "value", "proven", "at")},
    }
