"""The desk's statuses: what they are called, what happens in them, and five presets to start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import retired
from services.ticket_service.act import statuses as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import StatusSchema
from services.ticket_service.api.values import COLOR, KEY, MAX_DESCRIPTION, MAX_ORDER, Label
from services.ticket_service.api.wire import Wire, status_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.status import MAX_STATUSES, ROLES, Status, Workflow
from services.ticket_service.ports import IdempotencyRecord

blueprint = ApiBlueprint(
    "statuses",
    __name__,
    url_prefix=f"{PREFIX}/settings/statuses",
    description="The statuses of tickets, shaped by the administrator.",
)
MOVED_AT_ONCE: Final = 2_000
"""Tickets that follow to another status while the request waits; the others follow by and by."""
_EXAMPLE: Final = {
    "key": "waiting_for_parts",
    "label": "Waiting for parts",
    "description": "The supplier has to deliver first.",
    "color": "#6c757d",
    "roles": [],
    "asks_justification": True,
    "justifications": ["Ordered", "Not available"],
}


class StatusListSchema(Schema):
    """All statuses in their order."""

    items = fields.List(fields.Nested(StatusSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Always null: a desk has few statuses."}
    )


class StatusFieldsSchema(Schema):
    """What may be said of a status."""

    description = fields.String(validate=validate.Length(max=MAX_DESCRIPTION))
    color = fields.String(validate=COLOR)
    order = fields.Integer(strict=True, validate=validate.Range(-MAX_ORDER, MAX_ORDER))
    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLES)),
        validate=validate.Length(max=len(ROLES)),
        metadata={"description": "What happens by itself; the desk needs one `opening` and one `closed`."},
    )
    asks_justification = fields.Boolean(
        metadata={"description": "Whether whoever sets it by hand has to say why."}
    )
    justifications = fields.List(
        Label(), validate=validate.Length(max=50), metadata={"description": "Texts to choose from."}
    )


class NewStatusSchema(StatusFieldsSchema):
    """A status to add."""

    key = fields.String(required=True, validate=KEY)
    label = Label(required=True)


class StatusChangeSchema(StatusFieldsSchema):
    """What to change; the key stays, tickets have it."""

    label = Label()

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


class StatusOrderSchema(Schema):
    """The keys of all statuses in their new order."""

    keys = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        required=True,
        validate=validate.Length(1, MAX_STATUSES),
    )


class PresetSchema(Schema):
    """Which preset, and where the tickets of statuses go that it does not have."""

    preset = fields.String(required=True, validate=validate.OneOf(list(PRESETS)))
    map = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.String(validate=validate.Length(1, 100)),
        load_default=dict,
        validate=validate.Length(max=MAX_STATUSES),
        metadata={"description": "A status that goes → one of the preset's."},
    )


@blueprint.route("", methods=["GET"])
@blueprint.operation("List the desk's statuses", needs=permissions.SETTINGS_READ)
@blueprint.response(200, StatusListSchema)
def find() -> Wire:
    """The statuses with their roles, in the administrator's order."""
    return _list(Workflow(context.services().desk.store.records(Status, {})).statuses)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewStatusSchema, example=_EXAMPLE)
@blueprint.operation("Add a status", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, StatusSchema)
def create(body: dict[str, Any]) -> Response:
    """The last in order unless it says otherwise. 409 `status-exists` for a key that is there."""
    wanted = {"description": "", "color": "#6c757d", "roles": frozenset(), **_given(body)}

    def work(request: Once) -> Response:
        desk, remember = context.services().desk, _remember(request, 201, _rendered)
        return answer(201, _rendered(acts.create(desk, wanted, request.frame(), remember)))

    return once(body, work)


@blueprint.route("/<key>", methods=["GET"])
@blueprint.operation("One status", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, StatusSchema)
def show(key: str) -> Wire:
    """The status with this key."""
    status = context.services().desk.store.record(Status, key)
    if status is None or status.replaced_by is not None:
        raise not_found("status")
    return status_wire(status)


@blueprint.route("/<key>", methods=["PATCH"])
@blueprint.arguments(StatusChangeSchema, example={"label": "In sospeso", "color": "#f0ad4e"})
@blueprint.operation("Change a status", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(200, StatusSchema)
def change(body: dict[str, Any], key: str) -> Wire:
    """Tickets show it as it is now at once; what its roles move, they move from now on."""
    desk = context.services().desk
    return status_wire(acts.change(desk, key, _given(body), frame(), _unchanged))


@blueprint.route("/<key>", methods=["DELETE"])
@blueprint.operation("Remove a status", 404, 409, 412, 422, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def remove(key: str) -> None:
    """409 `status-in-use` while tickets have it or a rule names it, with how many."""
    acts.remove(context.services().desk, key, _used_by, frame(), _unchanged)


@blueprint.route("/order", methods=["POST"])
@blueprint.arguments(StatusOrderSchema, example={"keys": ["open", "pending", "closed"]})
@blueprint.operation("Put the statuses in order", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(200, StatusListSchema)
def put_in_order(body: dict[str, Any]) -> Response:
    """Of several statuses with one role the first in order is the one tickets are moved to."""

    def work(request: Once) -> Response:
        desk, remember = context.services().desk, _remember(request, 200, _listed)
        return answer(200, _listed(acts.put_in_order(desk, body["keys"], request.frame(), remember)))

    return once(body, work)


@blueprint.route("/preset", methods=["POST"])
@blueprint.arguments(PresetSchema, example={"preset": "S003", "map": {"waiting_for_response": "pending"}})
@blueprint.operation(
    "Work with a preset's statuses", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE
)
@blueprint.response(200, StatusListSchema)
def take_preset(body: dict[str, Any]) -> Response:
    """Replaces all statuses. Tickets keep theirs where the preset has it, others go where `map` says.

    409 `status-in-use` for statuses that tickets have and `map` does not name, or that rules name. Very many
    tickets follow by and by; each move is in their history, and nobody is told.
    """

    def work(request: Once) -> Response:
        services, given = context.services(), (body["preset"], body["map"])
        remember = _remember(request, 200, _listed)
        done = acts.take_preset(services.desk, *given, _used_by, request.frame(), remember)
        retired.follow(services.desk, services.settings.tickets_in, frame(), MOVED_AT_ONCE)
        return answer(200, _listed(done))

    return once(body, work)


def _given(body: dict[str, Any]) -> dict[str, Any]:
    """As the domain keeps it."""
    kinds: dict[str, Callable[[Any], Any]] = {"roles": frozenset, "justifications": _distinct}
    return {name: kinds[name](value) if name in kinds else value for name, value in body.items()}


def _distinct(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _used_by(key: str) -> dict[str, int]:
    return context.services().settings.used_by("status", key)


def _unchanged(status: Status) -> None:
    blueprint.check_etag(status_wire(status), StatusSchema)


def _list(found: Any) -> Wire:
    return {"items": [status_wire(status) for status in found], "next": None}


def _rendered(status: Status) -> Wire:
    shown: Wire = StatusSchema().dump(status_wire(status))
    return shown


def _listed(found: list[Status]) -> Wire:
    shown: Wire = StatusListSchema().dump(_list(found))
    return shown


def _remember(
    request: Once, status: int, render: Callable[[Any], Wire]
) -> Callable[[Any], IdempotencyRecord | None]:
    return lambda done: request.record(status, render(done))
