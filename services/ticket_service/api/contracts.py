"""Contracts, with what is left of their hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from marshmallow import fields, validate

from services.ticket_service.api import context, named
from services.ticket_service.api.named import ChangeSchema, NamedFieldsSchema, NamedQuery, NamedSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.schemas import nullable
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contract import Contract

blueprint = ApiBlueprint(
    "contracts", __name__, url_prefix=f"{PREFIX}/contracts", description="What organizations have bought."
)
_FIELDS = (
    *("id", "name", "code", "description", "active", "organization", "project", "starts_on", "ends_on"),
    *("hours", "created_at", "updated_at"),
)


class ContractQuery(NamedQuery):
    """Which contracts."""

    organization = fields.String(validate=ID, metadata={"description": "Id of an organization."})


class ContractSchema(NamedSchema):
    """What an organization has bought."""

    organization = nullable(metadata={"description": "Id of the organization that bought it."})
    project = nullable(metadata={"description": "Id of the project it belongs to."})
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    hours = fields.Float(
        required=True, allow_none=True, metadata={"description": "Included; null: work is not counted."}
    )
    hours_worked = fields.Float(
        required=True, metadata={"description": "On all tickets that name the contract now."}
    )
    hours_left = fields.Float(
        required=True, allow_none=True, metadata={"description": "Below zero where more was worked."}
    )


class ContractFieldsSchema(NamedFieldsSchema):
    """What people say of a contract, beside its name."""

    organization = named.reference("an organization")
    project = named.reference("a project")
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    hours = fields.Float(validate=validate.Range(0, 1_000_000), allow_none=True)


class NewContractSchema(ContractFieldsSchema):
    """A contract to add."""

    name = named.name(required=True)


class ContractChangeSchema(ChangeSchema, ContractFieldsSchema):
    """What to change of a contract."""

    name = named.name()


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ContractQuery, location="query")
@blueprint.operation("List contracts, the last changed first", 400, 422, needs=permissions.RECORDS_READ)
@blueprint.response(200, page_of(ContractSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of contracts, each with what is left of its hours."""
    where = {"organization": query["organization"]} if "organization" in query else {}
    return named.page(Contract, query, where, _wires)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewContractSchema, example={"name": "Care 2025", "hours": 40})
@blueprint.operation("Add a contract", 413, 415, idempotent=True, needs=permissions.RECORDS_WRITE)
@blueprint.response(201, ContractSchema)
def create(body: dict[str, Any]) -> Response:
    """Hours worked on tickets that name it are taken off its hours."""
    return named.create(Contract, body, ContractSchema, _wires)


@blueprint.route("/<contract_id>", methods=["GET"])
@blueprint.operation("One contract", 404, needs=permissions.RECORDS_READ)
@blueprint.etag
@blueprint.response(200, ContractSchema)
def show(contract_id: str) -> Wire:
    """The contract with this id; its ETag does not change with the hours worked."""
    return named.show(blueprint, Contract, contract_id, _wires)


@blueprint.route("/<contract_id>", methods=["PATCH"])
@blueprint.arguments(ContractChangeSchema, example={"hours": 60})
@blueprint.operation("Change a contract", 400, 404, 412, 413, 415, 422, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(200, ContractSchema)
def change(wanted: dict[str, Any], contract_id: str) -> Wire:
    """One that is not active stays on the tickets that name it."""
    return named.change(blueprint, Contract, contract_id, wanted, _wires)


@blueprint.route("/<contract_id>", methods=["DELETE"])
@blueprint.operation("Delete a contract", 404, 409, 412, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(contract_id: str) -> None:
    """409 `in-use` while a ticket names it: switch it off instead."""
    named.delete(blueprint, Contract, contract_id, _used_by)


def _used_by(contract_id: str) -> Mapping[str, int]:
    return {"tickets": context.services().work.tickets_with("contract", contract_id)}


def _wires(found: Sequence[Contract]) -> list[Wire]:
    worked = context.services().work.hours_worked([each.id for each in found])
    return [_wire(each, worked.get(each.id, 0.0)) for each in found]


def _wire(contract: Contract, worked: float) -> Wire:
    return {
        **{field: getattr(contract, field) for field in _FIELDS},
        "hours_worked": worked,
        "hours_left": contract.hours_left(worked),
    }
