"""Organizations: the companies and bodies that contacts belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from email_validator import EmailNotValidError, validate_email
from flask import Response
from marshmallow import Schema, ValidationError, fields, validate

from services.ticket_service.act import organizations as acts
from services.ticket_service.act.keeping import found
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.values import MAX_TITLE, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.project import Project
from services.ticket_service.store.keyset import Order, Position
from services.ticket_service.store.queries_people import words_filter
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "organizations",
    __name__,
    url_prefix=f"{PREFIX}/organizations",
    description="The companies and bodies that contacts belong to.",
)
MOST_DOMAINS: Final = 50


class MailDomain(fields.String):
    """The part of an address behind the @, in lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip().lstrip("@")[:300]
        try:
            return validate_email(
                f"somebody@{text}", check_deliverability=False, test_environment=True
            ).domain.lower()
        except EmailNotValidError as error:
            raise ValidationError("Not a mail domain like example.org.") from error


class OrganizationQuery(PageQuery):
    """Which organizations."""

    q = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Beginnings of words of name or domains."},
    )
    active = fields.Boolean()


class OrganizationSchema(Schema):
    """A company or another body."""

    id = fields.String(required=True)
    name = fields.String(required=True, metadata={"example": "Acme S.p.A."})
    domains = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Whoever writes from these mail domains belongs to it."},
    )
    description = fields.String(required=True)
    active = fields.Boolean(required=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class OrganizationFieldsSchema(Schema):
    """What people say of an organization, beside its name."""

    domains = fields.List(
        MailDomain(), validate=validate.Length(max=MOST_DOMAINS), metadata={"example": ["acme.example"]}
    )
    description = fields.String(validate=validate.Length(max=10_000))
    active = fields.Boolean()


class NewOrganizationSchema(OrganizationFieldsSchema):
    """An organization to add."""

    name = Label(MAX_TITLE, required=True, metadata={"example": "Acme S.p.A."})


class OrganizationChangeSchema(ChangeSchema, OrganizationFieldsSchema):
    """What to change of an organization."""

    name = Label(MAX_TITLE)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(OrganizationQuery, location="query")
@blueprint.operation("List organizations, the last changed first", 400, 422, needs=permissions.CONTACTS_READ)
@blueprint.response(200, page_of(OrganizationSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of organizations."""
    wanted: dict[str, Any] = words_filter("words", query["q"])
    if "active" in query:
        wanted["active"] = {"$eq": query["active"]}
    order = Order("updated_at", True)
    found_ = context.services().records.page(Organization, wanted, order, page_wanted(query))
    shown, following = cut(found_, query["limit"], lambda each: Position(each.updated_at, None, each.id))
    return {"items": [_wire(each) for each in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewOrganizationSchema, example={"name": "Acme", "domains": ["acme.example"]})
@blueprint.operation("Add an organization", 413, 415, idempotent=True, needs=permissions.CONTACTS_WRITE)
@blueprint.response(201, OrganizationSchema)
def create(body: dict[str, Any]) -> Response:
    """409 `taken` when a domain belongs to another one."""
    desk = context.services().desk
    return made(
        body,
        OrganizationSchema,
        _wire,
        lambda frame_, remember: acts.create_organization(desk, body, frame_, remember),
    )


@blueprint.route("/<organization_id>", methods=["GET"])
@blueprint.operation("One organization", 404, needs=permissions.CONTACTS_READ)
@blueprint.etag
@blueprint.response(200, OrganizationSchema)
def show(organization_id: str) -> Wire:
    """The organization with this id."""
    organization = found(context.services().desk, Organization, organization_id, acts.WHAT)
    blueprint.set_etag(tag(organization))
    return _wire(organization)


@blueprint.route("/<organization_id>", methods=["PATCH"])
@blueprint.arguments(OrganizationChangeSchema, example={"domains": ["acme.example"]})
@blueprint.operation(
    "Change an organization", 400, 404, 409, 412, 413, 415, 422, 428, needs=permissions.CONTACTS_WRITE
)
@blueprint.etag
@blueprint.response(200, OrganizationSchema)
def change(wanted: dict[str, Any], organization_id: str) -> Wire:
    """One that is not active stays on what names it."""
    desk = context.services().desk
    organization = acts.change_organization(
        desk, organization_id, wanted, frame(), lambda each: unchanged(blueprint, each)
    )
    blueprint.set_etag(tag(organization))
    return _wire(organization)


@blueprint.route("/<organization_id>", methods=["DELETE"])
@blueprint.operation("Delete an organization", 404, 409, 412, 428, needs=permissions.CONTACTS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(organization_id: str) -> None:
    """409 `in-use` while something names it: switch it off instead."""
    acts.delete_organization(
        context.services().desk, organization_id, _used_by, frame(), lambda each: unchanged(blueprint, each)
    )


def _used_by(organization_id: str) -> Mapping[str, int]:
    services = context.services()
    return {
        "contacts": services.people.contacts_of(organization_id),
        "tickets": services.work.tickets_with("organization", organization_id),
        "projects": services.work.records_with(Project, "organization", organization_id),
        "contracts": services.work.records_with(Contract, "organization", organization_id),
    }


def _wire(organization: Organization) -> Wire:
    shown = ("id", "name", "domains", "description", "active", "created_at", "updated_at")
    return {name: getattr(organization, name) for name in shown}
