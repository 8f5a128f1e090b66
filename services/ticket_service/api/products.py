"""Products that tickets are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from services.ticket_service.api import context, named
from services.ticket_service.api.named import ChangeSchema, NamedFieldsSchema, NamedQuery, NamedSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.product import Product

blueprint = ApiBlueprint(
    "products", __name__, url_prefix=f"{PREFIX}/products", description="What customers ask about."
)
_FIELDS = ("id", "name", "code", "description", "active", "created_at", "updated_at")


class ProductSchema(NamedSchema):
    """A product or service that is sold."""


class NewProductSchema(NamedFieldsSchema):
    """A product to add."""

    name = named.name(required=True)


class ProductChangeSchema(ChangeSchema, NamedFieldsSchema):
    """What to change of a product."""

    name = named.name()


@blueprint.route("", methods=["GET"])
@blueprint.arguments(NamedQuery, location="query")
@blueprint.operation("List products, the last changed first", 400, 422, needs=permissions.RECORDS_READ)
@blueprint.response(200, page_of(ProductSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of products."""
    return named.page(Product, query, {}, _wires)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewProductSchema, example={"name": "Boiler C24", "code": "C24"})
@blueprint.operation("Add a product", 413, 415, idempotent=True, needs=permissions.RECORDS_WRITE)
@blueprint.response(201, ProductSchema)
def create(body: dict[str, Any]) -> Response:
    """Tickets name it by its id from now on."""
    return named.create(Product, body, ProductSchema, _wires)


@blueprint.route("/<product_id>", methods=["GET"])
@blueprint.operation("One product", 404, needs=permissions.RECORDS_READ)
@blueprint.etag
@blueprint.response(200, ProductSchema)
def show(product_id: str) -> Wire:
    """The product with this id."""
    return named.show(blueprint, Product, product_id, _wires)


@blueprint.route("/<product_id>", methods=["PATCH"])
@blueprint.arguments(ProductChangeSchema, example={"active": False})
@blueprint.operation("Change a product", 400, 404, 412, 413, 415, 422, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(200, ProductSchema)
def change(wanted: dict[str, Any], product_id: str) -> Wire:
    """One that is not active stays on the tickets that name it."""
    return named.change(blueprint, Product, product_id, wanted, _wires)


@blueprint.route("/<product_id>", methods=["DELETE"])
@blueprint.operation("Delete a product", 404, 409, 412, 428, needs=permissions.RECORDS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(product_id: str) -> None:
    """409 `in-use` while a ticket names it: switch it off instead."""
    named.delete(blueprint, Product, product_id, _used_by)


def _used_by(product_id: str) -> Mapping[str, int]:
    return {"tickets": context.services().work.tickets_with("product", product_id)}


def _wires(found: Sequence[Product]) -> list[Wire]:
    return [{field: getattr(each, field) for field in _FIELDS} for each in found]
