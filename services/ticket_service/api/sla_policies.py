"""Service level policies: which tickets get which promises."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import sla_policies as acts
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import ORDER_EXAMPLE, ChangeSchema, OrderSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.values import ID, MAX_DESCRIPTION, MAX_ORDER, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.sla import TARGETS
from services.ticket_service.domain.sla_policy import CONDITIONS, MAX_MINUTES, SlaPolicy, TargetRule
from services.ticket_service.ports import IdempotencyRecord
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "sla-policies",
    __name__,
    url_prefix=f"{PREFIX}/settings/sla-policies",
    description="What tickets promise, and by when.",
)
MAX_VALUES: Final = 100
_FIELDS: Final = ("id", "name", "description", "order", "active", "calendar", "conditions", "created_at")
_EXAMPLE: Final = {
    "name": "Urgent",
    "order": 10,
    "conditions": {"priority": ["urgent"]},
    "targets": [
        {"name": "first_response", "minutes": 30, "warn_minutes": 10},
        {"name": "resolution", "minutes": 480, "warn_percent": 80},
    ],
}


class TargetRuleSchema(Schema):
    """One promise; at most one kind of warning."""

    name = fields.String(
        required=True,
        validate=validate.OneOf(TARGETS),
        metadata={
            "description": "`first_response` (S002: délai de réponse) and `next_response` are met by an"
            " answer, `resolution` by closing; `idle` (S002: délai d'action) is how long an open ticket"
            " may be left alone."
        },
    )
    minutes = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MAX_MINUTES),
        metadata={"description": "Of open time, without the time spent waiting for the customer."},
    )
    warn_percent = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 99)
    )
    warn_minutes = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_MINUTES),
        metadata={"description": "Warn so many minutes of open time before the end."},
    )

    @validates_schema
    def _one_warning(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["warn_percent"] is not None and data["warn_minutes"] is not None:
            raise ValidationError("Warn at a percentage or minutes before, not both.", "warn_minutes")
        if data["warn_minutes"] is not None and data["warn_minutes"] >= data["minutes"]:
            raise ValidationError("It has to be less than the minutes of the target.", "warn_minutes")


def _conditions() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(CONDITIONS))),
        values=fields.List(fields.String(validate=ID), validate=validate.Length(1, MAX_VALUES)),
        metadata={"description": "For tickets that have one of the values in each field; none: for all."},
    )


def _targets(**kwargs: Any) -> fields.List:
    return fields.List(
        fields.Nested(TargetRuleSchema), validate=[validate.Length(1, len(TARGETS)), _each_once], **kwargs
    )


def _each_once(targets: list[dict[str, Any]]) -> None:
    if len({each["name"] for each in targets}) != len(targets):
        raise ValidationError("Each target once.")


class PolicyFieldsSchema(Schema):
    """What may be said of a policy."""

    description = fields.String(validate=validate.Length(max=MAX_DESCRIPTION))
    order = fields.Integer(
        strict=True,
        validate=validate.Range(-MAX_ORDER, MAX_ORDER),
        metadata={"description": "The first policy that is for a ticket counts."},
    )
    active = fields.Boolean()
    calendar = fields.String(
        allow_none=True,
        validate=ID,
        metadata={"description": "Id of a business calendar; null: around the clock."},
    )
    conditions = _conditions()


class NewPolicySchema(PolicyFieldsSchema):
    """A policy to add."""

    name = Label(required=True)
    targets = _targets(required=True)


class PolicyChangeSchema(ChangeSchema, PolicyFieldsSchema):
    """What to change; conditions and targets are replaced whole."""

    name = Label()
    targets = _targets()


class PolicySchema(Schema):
    """A policy."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    order = fields.Integer(required=True)
    active = fields.Boolean(required=True)
    calendar = fields.String(required=True, allow_none=True)
    conditions = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={"example": {"priority": ["urgent"]}},
    )
    targets = fields.List(fields.Nested(TargetRuleSchema), required=True)
    created_at = UtcTime(required=True)


class PolicyListSchema(Schema):
    """All policies; there are never many."""

    items = fields.List(fields.Nested(PolicySchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


@blueprint.route("", methods=["GET"])
@blueprint.operation("List all service level policies", needs=permissions.SETTINGS_READ)
@blueprint.response(200, PolicyListSchema)
def find() -> Wire:
    """In the order in which they are tried."""
    found = context.services().desk.store.records(SlaPolicy, {})
    ordered = sorted(found, key=lambda each: (each.order, each.id))
    return {"items": [_wire(each) for each in ordered], "next": None}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewPolicySchema, example=_EXAMPLE)
@blueprint.operation(
    "Add a service level policy", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE
)
@blueprint.response(201, PolicySchema)
def create(body: dict[str, Any]) -> Response:
    """Tickets that are open get its promises as well, within a minute or so."""

    def work(request: Once) -> Response:
        def shown(policy: SlaPolicy) -> Wire:
            dumped: Wire = PolicySchema().dump(_wire(policy))
            return dumped

        def remember(policy: SlaPolicy) -> IdempotencyRecord | None:
            return request.record(201, shown(policy))

        desk = context.services().desk
        return answer(201, shown(acts.create(desk, SlaPolicy, _wanted(body), request.frame(), remember)))

    return once(body, work)


@blueprint.route("/order", methods=["POST"])
@blueprint.arguments(OrderSchema, example=ORDER_EXAMPLE)
@blueprint.operation(
    "Put the service level policies in order", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE
)
@blueprint.response(200, PolicyListSchema)
def put_in_order(body: dict[str, Any]) -> Response:
    """Of several policies that are for a ticket the first one counts."""
    desk = context.services().desk
    return made(
        body,
        PolicyListSchema,
        lambda policies: {"items": [_wire(each) for each in policies], "next": None},
        lambda frame_, remember: acts.put_in_order(desk, body["ids"], frame_, remember),
        200,
    )


@blueprint.route("/<policy_id>", methods=["GET"])
@blueprint.operation("One service level policy", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, PolicySchema)
def show(policy_id: str) -> Wire:
    """The policy with this id."""
    policy = acts.found(context.services().desk, SlaPolicy, policy_id)
    blueprint.set_etag(tag(policy))
    return _wire(policy)


@blueprint.route("/<policy_id>", methods=["PATCH"])
@blueprint.arguments(PolicyChangeSchema, example={"active": False})
@blueprint.operation(
    "Change a service level policy", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, PolicySchema)
def change(body: dict[str, Any], policy_id: str) -> Wire:
    """What open tickets promise is worked out again within a minute or so; what was broken stays so."""
    desk = context.services().desk
    changed = acts.change(
        desk, SlaPolicy, policy_id, _wanted(body), frame(), lambda each: unchanged(blueprint, each)
    )
    blueprint.set_etag(tag(changed))
    return _wire(changed)


@blueprint.route("/<policy_id>", methods=["DELETE"])
@blueprint.operation("Delete a service level policy", 404, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(policy_id: str) -> None:
    """Open tickets get the promises of the next policy that is for them, or none."""
    desk = context.services().desk
    acts.delete(desk, SlaPolicy, policy_id, frame(), lambda each: unchanged(blueprint, each))


def _wanted(body: dict[str, Any]) -> dict[str, Any]:
    if "targets" not in body:
        return body
    return {**body, "targets": [TargetRule(**each) for each in body["targets"]]}


def _wire(policy: SlaPolicy) -> Wire:
    return {
        **{name: getattr(policy, name) for name in _FIELDS},
        "targets": [
            {name: getattr(each, name) for name in ("name", "minutes", "warn_percent", "warn_minutes")}
            for each in policy.targets
        ],
    }
