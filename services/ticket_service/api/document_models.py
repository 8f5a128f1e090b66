"""How documents look, as the desk's administrators decide."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import document_models as acts
from services.ticket_service.api import context, named
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.document_model import MAX_BODY, MAX_STYLE, DocumentModel
from services.ticket_service.ports import IdempotencyRecord
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "document-models",
    __name__,
    url_prefix=f"{PREFIX}/settings/document-models",
    description="How documents made of tickets look.",
)
_FIELDS: Final = (
    *("id", "name", "description", "body", "style", "active", "builtin", "created_at", "updated_at"),
)
_EXAMPLE: Final = {"name": "Receipt", "body": "<h1>{{ ticket.number }}</h1><p>{{ requester.name }}</p>"}


class DocumentModelSchema(Schema):
    """HTML with places for a ticket's values."""

    id = fields.String(required=True, metadata={"example": "ticket-summary"})
    name = fields.String(required=True)
    description = fields.String(required=True)
    body = fields.String(required=True, metadata={"description": "HTML in Liquid; values are escaped."})
    style = fields.String(required=True, metadata={"description": "CSS."})
    active = fields.Boolean(required=True)
    builtin = fields.Boolean(required=True, metadata={"description": "Comes with the desk, never changes."})
    created_at = UtcTime(required=True, allow_none=True)
    updated_at = UtcTime(required=True, allow_none=True)


class DocumentModelListSchema(Schema):
    """All models."""

    items = fields.List(fields.Nested(DocumentModelSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Always null: a desk has few models."}
    )


class DocumentModelFieldsSchema(Schema):
    """What may be left out of a new model."""

    description = named.description()
    style = fields.String(validate=validate.Length(max=MAX_STYLE))
    active = fields.Boolean()


class NewDocumentModelSchema(DocumentModelFieldsSchema):
    """A model to add."""

    name = named.name(required=True)
    body = fields.String(required=True, validate=validate.Length(1, MAX_BODY))


class DocumentModelChangeSchema(ChangeSchema, DocumentModelFieldsSchema):
    """What to change of a model."""

    name = named.name()
    body = fields.String(validate=validate.Length(1, MAX_BODY))


@blueprint.route("", methods=["GET"])
@blueprint.operation("List document models", needs=permissions.SETTINGS_READ)
@blueprint.response(200, DocumentModelListSchema)
def find() -> Wire:
    """Those that come with the desk first."""
    return {"items": [_wire(each) for each in acts.models(context.services().desk)], "next": None}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewDocumentModelSchema, example=_EXAMPLE)
@blueprint.operation("Add a document model", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, DocumentModelSchema)
def create(body: dict[str, Any]) -> Response:
    """Pictures may be `data:` addresses or the ticket's own; nothing is fetched from anywhere else."""

    def work(request: Once) -> Response:
        def rendered(model: DocumentModel) -> Wire:
            shown: Wire = DocumentModelSchema().dump(_wire(model))
            return shown

        def remember(model: DocumentModel) -> IdempotencyRecord | None:
            return request.record(201, rendered(model))

        made = acts.create(context.services().desk, body, request.frame(), remember)
        return answer(201, rendered(made))

    return once(body, work)


@blueprint.route("/<model_id>", methods=["GET"])
@blueprint.operation("One document model", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, DocumentModelSchema)
def show(model_id: str) -> Wire:
    """The model with this id."""
    model = acts.found(context.services().desk, model_id)
    blueprint.set_etag(tag(model))
    return _wire(model)


@blueprint.route("/<model_id>", methods=["PATCH"])
@blueprint.arguments(DocumentModelChangeSchema, example={"active": False})
@blueprint.operation(
    "Change a document model", 400, 404, 409, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, DocumentModelSchema)
def change(wanted: dict[str, Any], model_id: str) -> Wire:
    """409 `built-in` for one that comes with the desk: add a copy of it instead."""
    model = acts.change(
        context.services().desk, model_id, wanted, frame(), lambda each: unchanged(blueprint, each)
    )
    blueprint.set_etag(tag(model))
    return _wire(model)


@blueprint.route("/<model_id>", methods=["DELETE"])
@blueprint.operation("Delete a document model", 404, 409, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(model_id: str) -> None:
    """409 `built-in` for one that comes with the desk."""
    acts.delete(context.services().desk, model_id, frame(), lambda each: unchanged(blueprint, each))


def _wire(model: DocumentModel) -> Wire:
    return {name: getattr(model, name) for name in _FIELDS}
