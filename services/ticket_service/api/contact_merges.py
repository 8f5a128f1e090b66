"""Contacts that are one person become one contact, and two again when that was a mistake."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import merging_contacts as acts
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ActorSchema
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contact_merge import ContactMerge
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "contact-merges",
    __name__,
    url_prefix=f"{PREFIX}/contacts",
    description="Contacts that are one person become one contact.",
)


class MergeIntoSchema(Schema):
    """The contact that is to have everything."""

    into = fields.String(required=True, validate=ID, metadata={"description": "Id of the other contact."})


class ContactMergeSchema(Schema):
    """A merge, with how much moved."""

    id = fields.String(required=True)
    survivor = fields.String(required=True, metadata={"description": "Id of the contact that remains."})
    other = fields.String(required=True, metadata={"description": "Id of the contact that was merged."})
    at = UtcTime(required=True)
    by = fields.Nested(ActorSchema, required=True)
    identities = fields.Integer(required=True)
    conversations = fields.Integer(required=True)
    tickets = fields.Integer(required=True)
    notes = fields.Integer(required=True)
    undo_until = UtcTime(required=True)
    undone_at = UtcTime(required=True, allow_none=True)


@blueprint.route("/<contact_id>/merge", methods=["POST"])
@blueprint.arguments(MergeIntoSchema, example={"into": "0197f3c1-11aa-7c3e-9a44-52f0f1b7d003"})
@blueprint.operation(
    "Merge a contact into another", 404, 413, 415, idempotent=True, needs=permissions.CONTACTS_MERGE
)
@blueprint.response(200, ContactMergeSchema)
def merge(body: dict[str, Any], contact_id: str) -> Response:
    """Identities, conversations, tickets and notes move; two conversations on one channel become one.

    The one that remains keeps its own fields and takes what it lacks.
    """
    desk = context.services().desk
    return made(
        body,
        ContactMergeSchema,
        _wire,
        lambda frame, remember: acts.merge_contacts(desk, body["into"], contact_id, frame, remember),
        200,
    )


@blueprint.route("/<contact_id>/merges", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List what was merged into a contact, the latest first", 400, 404, 422, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, page_of(ContactMergeSchema))
def find(query: dict[str, Any], contact_id: str) -> Wire:
    """A page of merges, those that were undone as well."""
    services = context.services()
    if services.queries.contact(contact_id) is None:
        raise not_found("contact")
    wanted, order = {"survivor": {"$eq": contact_id}}, Order("at", True)
    found = services.records.page(ContactMerge, wanted, order, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.at, None, each.id))
    return {"items": [_wire(each) for each in shown], "next": following}


@blueprint.route("/<contact_id>/merges/<merge_id>/undo", methods=["POST"])
@blueprint.operation("Undo a merge", 404, idempotent=True, needs=permissions.CONTACTS_MERGE)
@blueprint.response(200, ContactMergeSchema)
def undo(contact_id: str, merge_id: str) -> Response:
    """What came from the other contact goes back to it; what was said since stays, but for its tickets."""
    desk = context.services().desk
    return made(
        None,
        ContactMergeSchema,
        _wire,
        lambda frame, remember: acts.undo_merge(desk, contact_id, merge_id, frame, remember),
        200,
    )


def _wire(merge: ContactMerge) -> Wire:
    return {
        **{name: getattr(merge, name) for name in ("id", "survivor", "other", "at", "undone_at")},
        "by": actor(merge.by),
        "identities": len(merge.identities),
        "conversations": len(merge.conversations) + len(merge.joined),
        "tickets": len(merge.tickets),
        "notes": len(merge.notes),
        "undo_until": merge.undo_until(),
    }
