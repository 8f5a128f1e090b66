"""What people of the desk did to a contact or an organization, for whoever may see it."""

from __future__ import annotations

from typing import Any

from services.ticket_service.act.keeping import found
from services.ticket_service.api import context
from services.ticket_service.api.audit import AuditEntrySchema, entries
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, page_of
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.organization import Organization

blueprint = ApiBlueprint(
    "people-history",
    __name__,
    url_prefix=PREFIX,
    description="What the desk did to its contacts and organizations.",
)
_Page = page_of(AuditEntrySchema)


@blueprint.route("/contacts/<contact_id>/history", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the changes of a contact, the newest first", 400, 404, 422, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, _Page)
def of_contact(query: dict[str, Any], contact_id: str) -> Wire:
    """Who changed it when; of names and identities that they changed, not what they were."""
    if context.services().queries.contact(contact_id) is None:
        raise not_found("contact")
    return entries(query, {"what": {"$eq": "contact"}, "subject": {"$eq": contact_id}})


@blueprint.route("/organizations/<organization_id>/history", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation(
    "List the changes of an organization, the newest first", 400, 404, 422, needs=permissions.CONTACTS_READ
)
@blueprint.response(200, _Page)
def of_organization(query: dict[str, Any], organization_id: str) -> Wire:
    """Who changed it when, each field from what to what."""
    found(context.services().desk, Organization, organization_id, "organization")
    return entries(query, {"what": {"$eq": "organization"}, "subject": {"$eq": organization_id}})
