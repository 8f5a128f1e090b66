"""Projects that tickets belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from marshmallow import fields

from services.ticket_service.api import context, named
from services.ticket_service.api.named import ChangeSchema, NamedFieldsSchema, NamedQuery, NamedSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.schemas import nullable
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.project import Project

blueprint = ApiBlueprint(
    "projects", __name__, url_prefix=f"{PREFIX}/projects", description="What is done over some time."
)
_FIELDS = (
    *("id", "name", "code", "description", "active", "organization", "starts_on", "ends_on"),
    *("created_at", "updated_at"),
)


class ProjectQuery(NamedQuery):
    """Which projects."""

    organization = fields.String(validate=ID, metadata={"description": "Id of an organization."})


class ProjectSchema(NamedSchema):
    """Something done for an organization over some time."""

    organization = nullable(metadata={"description": "Id of the organization it is done for."})
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)


class ProjectFieldsSchema(NamedFieldsSchema):
    """What people say of a project, beside its name."""

    organization = named.reference("an organization")
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)


class NewProjectSchema(ProjectFieldsSchema):
    """A project to add."""

    name = named.name(required=True)


class ProjectChangeSchema(ChangeSchema, ProjectFieldsSchema):
    """What to change of a project."""

    name = named.name()


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ProjectQuery, location="query")
@blueprint.operation("List projects, the last changed first", 400, 422, needs=permissions.RECORDS_READ)
@blueprint.response(200, page_of(ProjectSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of projects."""
    where = {"organization": query["organization"]} if "organization" in query else {}
    return named.page(Project, query, where, _wires)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewProjectSchema, example={"name": "New heating", "starts_on": "2025-03-01"})
@blueprint.operation("Add a project", 413, 415, idempotent=True, needs=permissions.RECORDS_WRITE)
@blueprint.response(201, ProjectSchema)
def create(body: dict[str, Any]) -> Response:
    """Tickets name it by its id from now on."""
    return named.create(Project, body, ProjectSchema, _wires)


@blueprint.route("/<project_id>", methods=["GET"])
@blueprint.operation("One project", 404, needs=permissions.RECORDS_READ)
@blueprint.etag
@blueprint.response(200, ProjectSchema)
def show(project_id: str) -> Wire:
    """The project with this id."""
    return named.show(blueprint, Project, project_id, _wires)


@blueprint.route("/<project_id>", methods=["PATCH"])
@blueprint.arguments(ProjectChangeSchema, example={"ends_on": "2025-09-30"})
@blueprint.operation("Change a project", 400, 404, 412, 413, 415, 422, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(200, ProjectSchema)
def change(wanted: dict[str, Any], project_id: str) -> Wire:
    """One that is not active stays on the tickets that name it."""
    return named.change(blueprint, Project, project_id, wanted, _wires)


@blueprint.route("/<project_id>", methods=["DELETE"])
@blueprint.operation("Delete a project", 404, 409, 412, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(project_id: str) -> None:
    """409 `in-use` while a ticket or a contract names it: switch it off instead."""
    named.delete(blueprint, Project, project_id, _used_by)


def _used_by(project_id: str) -> Mapping[str, int]:
    work = context.services().work
    return {
        "tickets": work.tickets_with("project", project_id),
        "contracts": work.records_with(Contract, "project", project_id),
    }


def _wires(found: Sequence[Project]) -> list[Wire]:
    return [{field: getattr(each, field) for field in _FIELDS} for each in found]
