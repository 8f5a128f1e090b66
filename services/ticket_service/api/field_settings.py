"""Which fields of a ticket the desk uses, and which it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.api import context
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.values import MAX_LABEL
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.field_rules import (
    CONFIGURABLE,
    NOT_MANDATORY,
    FieldRule,
    FieldRules,
    mistakes,
)

blueprint = ApiBlueprint(
    "field-settings",
    __name__,
    url_prefix=f"{PREFIX}/settings/fields",
    description="Fields of tickets, switched on and off. Requester and responsible are always used.",
)


class FieldRuleSchema(Schema):
    """How the desk uses one field."""

    enabled = fields.Boolean(
        load_default=True, metadata={"description": "Off: nobody can set it, and lists do not offer it."}
    )
    mandatory = fields.Boolean(
        load_default=False, metadata={"description": "People who open a ticket have to fill it in."}
    )
    label = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_LABEL),
        metadata={"description": "What it is called here; empty for its usual name."},
    )


class FieldSchema(FieldRuleSchema):
    """One field with its rule."""

    name = fields.String(required=True, metadata={"example": "severity"})
    may_be_mandatory = fields.Boolean(required=True)


class FieldListSchema(Schema):
    """Every field that can be switched."""

    items = fields.List(fields.Nested(FieldSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


class FieldRulesSchema(Schema):
    """The rules by the names of fields; those left out are used as usual: enabled, not mandatory."""

    fields_ = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.Nested(FieldRuleSchema),
        required=True,
        validate=validate.Length(max=100),
        data_key="fields",
    )


@blueprint.route("", methods=["GET"])
@blueprint.operation("List the fields of tickets with their rules", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, FieldListSchema)
def find() -> Wire:
    """Every field but requester and responsible."""
    return _wire(section(context.services().desk, FieldRules))


@blueprint.route("", methods=["PUT"])
@blueprint.arguments(
    FieldRulesSchema, example={"fields": {"severity": {"enabled": False}, "category": {"mandatory": True}}}
)
@blueprint.operation(
    "Switch fields on and off", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, FieldListSchema)
def replace(body: dict[str, Any]) -> Wire:
    """Replaces all rules. What tickets have in a field that is switched off stays and comes back with it."""
    rules = {name: FieldRule(**rule) for name, rule in body["fields_"].items()}
    (after,) = change_sections(
        *(context.services().desk, [FieldRules], {"fields": rules}, frame()),
        lambda stored: unchanged(blueprint, stored[0]),
        _mistakes,
    )
    return _wire(after)


def _mistakes(wanted: FieldRules) -> list[tuple[str, str]]:
    return [(f"fields.{name}", problem) for name, problem in mistakes(wanted.fields)]


def _wire(rules: FieldRules) -> Wire:
    blueprint.set_etag(tag(rules))
    return {"items": [_field(name, rules.rule(name)) for name in CONFIGURABLE], "next": None}


def _field(name: str, rule: FieldRule) -> Mapping[str, Any]:
    return {
        "name": name,
        "enabled": rule.enabled,
        "mandatory": rule.mandatory,
        "label": rule.label,
        "may_be_mandatory": name not in NOT_MANDATORY,
    }
