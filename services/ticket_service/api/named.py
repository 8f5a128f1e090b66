"""What products, projects and contracts have in common on the wire: found by name, switched off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import records_of_work as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_wanted
from services.ticket_service.api.values import END, ID, MAX_TITLE, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.words import query_words
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

Named = TypeVar("Named", Product, Project, Contract)
ToWire = Callable[[Sequence[Any]], list[Wire]]

MAX_DESCRIPTION: Final = 10_000
MOST_IN_ORDER: Final = 200
ORDER_EXAMPLE: Final = {
    "ids": ["0197f3c0-0000-7000-8000-000000000002", "0197f3c0-0000-7000-8000-000000000001"]
}
_NEWEST: Final = Order("updated_at", newest_first=True)
_LAST: Final = "\U0010ffff"


def code() -> fields.String:
    """The business's own number of something; may be empty."""
    return fields.String(validate=validate.Regexp(rf"^[^\x00-\x1f\x7f]{{0,100}}{END}", error="Not a code."))


def description() -> fields.String:
    """Free text; may be empty."""
    return fields.String(validate=validate.Length(max=MAX_DESCRIPTION))


def reference(what: str) -> fields.String:
    """The id of something else, or null."""
    return fields.String(validate=ID, allow_none=True, metadata={"description": f"Id of {what}."})


class NamedQuery(PageQuery):
    """Which ones."""

    q = fields.String(
        validate=validate.Length(max=200), metadata={"description": "Beginnings of words of name or code."}
    )
    active = fields.Boolean(metadata={"description": "Only those in use, or only those switched off."})


class NamedSchema(Schema):
    """What each of them shows."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "The business's own number."})
    description = fields.String(required=True)
    active = fields.Boolean(
        required=True, metadata={"description": "Whether tickets are to use it from now on."}
    )
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class ChangeSchema(Schema):
    """What to change; what is left out stays."""

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


class NamedFieldsSchema(Schema):
    """What people say of each of them, beside its name."""

    code = code()
    description = description()
    active = fields.Boolean()


class OrderSchema(Schema):
    """The ids of all of them in their new order."""

    ids = fields.List(fields.String(validate=ID), required=True, validate=validate.Length(1, MOST_IN_ORDER))


def name(**kwargs: Any) -> Label:
    """The name of something."""
    return Label(MAX_TITLE, **kwargs)


def page(kind: type[Named], query: Mapping[str, Any], where: Mapping[str, Any], to_wire: ToWire) -> Wire:
    """A page of those that fit the query of a NamedQuery, the last changed first."""
    wanted: dict[str, Any] = {path: {"$eq": value} for path, value in where.items()}
    if "active" in query:
        wanted["active"] = query["active"]
    if begins := words_begin(query.get("q", "")):
        wanted["$and"] = begins
    found = context.services().records.page(kind, wanted, _NEWEST, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.updated_at, None, each.id))
    return {"items": to_wire(shown), "next": following}


def words_begin(query: str) -> list[dict[str, Any]]:
    """That each word of a query begins one of `words`, as filters of the database."""
    return [{"words": {"$elemMatch": {"$gte": word, "$lt": word + _LAST}}} for word in query_words(query)]


def show(blueprint: ApiBlueprint, kind: type[Named], record_id: str, to_wire: ToWire) -> Wire:
    """One of them, with its ETag. NotFound."""
    record = acts.found(context.services().desk, kind, record_id)
    blueprint.set_etag(tag(record))
    return to_wire([record])[0]


def create(kind: type[Named], body: dict[str, Any], schema: type[Schema], to_wire: ToWire) -> Response:
    """Make one; 201 with what it is."""

    def work(request: Once) -> Response:
        def rendered(record: Named) -> Wire:
            shown: Wire = schema().dump(to_wire([record])[0])
            return shown

        def remember(record: Named) -> IdempotencyRecord | None:
            return request.record(201, rendered(record))

        made = acts.create(context.services().desk, kind, body, request.frame(), remember)
        return answer(201, rendered(made))

    return once(body, work)


def change(
    blueprint: ApiBlueprint, kind: type[Named], record_id: str, wanted: dict[str, Any], to_wire: ToWire
) -> Wire:
    """Change one that is as the caller read it."""
    changed = acts.change(
        context.services().desk, kind, record_id, wanted, frame(), lambda each: unchanged(blueprint, each)
    )
    blueprint.set_etag(tag(changed))
    return to_wire([changed])[0]


def delete(
    blueprint: ApiBlueprint, kind: type[Named], record_id: str, used_by: Callable[[str], Mapping[str, int]]
) -> None:
    """Delete one that nothing names."""
    acts.delete(
        context.services().desk, kind, record_id, used_by, frame(), lambda each: unchanged(blueprint, each)
    )


def frame() -> Frame:
    """For what an If-Match keeps from happening twice."""
    return Frame(context.actor(), context.traceparent(), before_try=lambda: None)


def tag(record: Any) -> dict[str, Any]:
    """What the ETag of a record is made of: not what is only counted for showing it."""
    return {"id": record.id, "version": record.version}


def unchanged(blueprint: ApiBlueprint, record: Any) -> None:
    """412 when somebody changed the record since the caller read it, 428 when If-Match is missing."""
    blueprint.check_etag(tag(record))
