"""The lists of values for a ticket's fields: services, categories, priorities, and the others."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import dictionaries as acts
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.values import COLOR, KEY, MAX_DESCRIPTION, MAX_ORDER, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.dictionary import DICTIONARIES, MAX_ENTRIES, DictionaryEntry, entries_of
from services.ticket_service.ports import IdempotencyRecord

blueprint = ApiBlueprint(
    "dictionaries",
    __name__,
    url_prefix=f"{PREFIX}/settings/dictionaries",
    description="The values of a ticket's fields, shaped by the administrator.",
)
_FIELDS: Final = ("dictionary", "key", "label", "description", "color", "order", "active")


class EntrySchema(Schema):
    """One value."""

    dictionary = fields.String(required=True, metadata={"enum": list(DICTIONARIES), "example": "priority"})
    key = fields.String(required=True, metadata={"example": "urgent", "description": "What tickets carry."})
    label = fields.String(required=True, metadata={"example": "Urgent"})
    description = fields.String(required=True)
    color = fields.String(required=True, metadata={"example": "#d9534f"})
    order = fields.Integer(required=True)
    active = fields.Boolean(
        required=True, metadata={"description": "Whether it may be chosen; tickets that have it keep it."}
    )


class DictionarySchema(Schema):
    """One list in its order."""

    dictionary = fields.String(required=True, metadata={"enum": list(DICTIONARIES), "example": "priority"})
    entries = fields.List(fields.Nested(EntrySchema), required=True)


class DictionaryListSchema(Schema):
    """All lists."""

    items = fields.List(fields.Nested(DictionarySchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


class EntryFieldsSchema(Schema):
    """What may be said of a value."""

    description = fields.String(validate=validate.Length(max=MAX_DESCRIPTION))
    color = fields.String(validate=COLOR)
    order = fields.Integer(strict=True, validate=validate.Range(-MAX_ORDER, MAX_ORDER))
    active = fields.Boolean()


class NewEntrySchema(EntryFieldsSchema):
    """A value to add."""

    key = fields.String(validate=KEY, metadata={"description": "Follows from the label when left out."})
    label = Label(required=True)


class EntryChangeSchema(EntryFieldsSchema):
    """What to change; the key stays, tickets have it."""

    label = Label()

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


class EntryOrderSchema(Schema):
    """The keys of all values in their new order."""

    keys = fields.List(fields.String(validate=KEY), required=True, validate=validate.Length(1, MAX_ENTRIES))


@blueprint.route("", methods=["GET"])
@blueprint.operation("List all dictionaries with their values", needs=permissions.SETTINGS_READ)
@blueprint.response(200, DictionaryListSchema)
def find_all() -> Wire:
    """Every dictionary, each in its order; also values that are switched off."""
    entries = context.services().desk.store.records(DictionaryEntry, {})
    return {"items": [_dictionary(each, entries) for each in DICTIONARIES], "next": None}


@blueprint.route("/<dictionary>", methods=["GET"])
@blueprint.operation("One dictionary with its values", 404, needs=permissions.SETTINGS_READ)
@blueprint.response(200, DictionarySchema)
def find(dictionary: str) -> Wire:
    """The dictionary in its order."""
    wanted = {"dictionary": _known(dictionary)}
    return _dictionary(dictionary, context.services().desk.store.records(DictionaryEntry, wanted))


@blueprint.route("/<dictionary>", methods=["POST"])
@blueprint.arguments(NewEntrySchema, example={"label": "Urgent", "color": "#d9534f"})
@blueprint.operation("Add a value", 404, 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, EntrySchema)
def create(body: dict[str, Any], dictionary: str) -> Response:
    """The last in order unless it says otherwise. 409 `entry-exists` for a key that is there."""

    def work(request: Once) -> Response:
        def remember(entry: DictionaryEntry) -> IdempotencyRecord | None:
            return request.record(201, _wire(entry))

        desk, wanted = context.services().desk, _known(dictionary)
        return answer(201, _wire(acts.create(desk, wanted, body, request.frame(), remember)))

    return once(body, work)


@blueprint.route("/<dictionary>/order", methods=["POST"])
@blueprint.arguments(EntryOrderSchema, example={"keys": ["low", "medium", "high", "urgent"]})
@blueprint.operation(
    "Put a dictionary's values in order", 404, 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE
)
@blueprint.response(200, DictionarySchema)
def put_in_order(body: dict[str, Any], dictionary: str) -> Response:
    """All of them, also those that are switched off; people choose among them in this order."""
    desk, wanted = context.services().desk, _known(dictionary)
    return made(
        body,
        DictionarySchema,
        lambda entries: _dictionary(dictionary, entries),
        lambda frame_, remember: acts.put_in_order(desk, wanted, body["keys"], frame_, remember),
        200,
    )


@blueprint.route("/<dictionary>/<key>", methods=["GET"])
@blueprint.operation("One value", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, EntrySchema)
def show(dictionary: str, key: str) -> Wire:
    """The value with this key."""
    entry = acts.found(context.services().desk, _known(dictionary), key)
    blueprint.set_etag(tag(entry))
    return _wire(entry)


@blueprint.route("/<dictionary>/<key>", methods=["PATCH"])
@blueprint.arguments(EntryChangeSchema, example={"label": "Very urgent", "active": True})
@blueprint.operation("Change a value", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(200, EntrySchema)
def change(body: dict[str, Any], dictionary: str, key: str) -> Wire:
    """Tickets show it as it is now at once. One that is switched off stays on tickets that have it."""
    desk, name = context.services().desk, _known(dictionary)
    entry = acts.change(desk, name, key, body, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(entry))
    return _wire(entry)


@blueprint.route("/<dictionary>/<key>", methods=["DELETE"])
@blueprint.operation("Delete a value", 404, 409, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(dictionary: str, key: str) -> None:
    """409 `in-use` while tickets have it or a rule names it, with how many: switch it off instead."""
    services, name = context.services(), _known(dictionary)
    acts.delete(
        *(services.desk, name, key, services.settings.used_by, frame()),
        lambda each: unchanged(blueprint, each),
    )


def _known(dictionary: str) -> str:
    if dictionary not in DICTIONARIES:
        raise not_found(f"dictionary (there are: {', '.join(DICTIONARIES)})")
    return dictionary


def _dictionary(name: str, entries: list[DictionaryEntry]) -> Wire:
    return {"dictionary": name, "entries": [_wire(entry) for entry in entries_of(entries, name)]}


def _wire(entry: DictionaryEntry) -> Wire:
    return {name: getattr(entry, name) for name in _FIELDS}
