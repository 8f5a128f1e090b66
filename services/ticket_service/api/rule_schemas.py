"""Rules on create as the interface takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.api.named import ChangeSchema
from services.ticket_service.api.reply_schemas import TemplateToSendSchema
from services.ticket_service.api.values import ID, MAX_TEXT, Label, Text
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.assignment import (
    FIELDS,
    SUBJECTS,
    AssignmentRule,
    Condition,
    RuleActions,
)

MOST_CONDITIONS: Final = 20
MOST_VALUES: Final = 50
MOST_ORDER: Final = 1_000_000


class ConditionSchema(Schema):
    """Holds when what `subject` names is any of the values."""

    subject = fields.String(
        required=True,
        validate=validate.OneOf(SUBJECTS),
        metadata={
            "description": "`keyword` looks for beginnings of words in title and text, whatever the accents;"
            " `requester_domain` at mail addresses; `outside_hours` names calendars.",
            "example": "keyword",
        },
    )
    any_of = fields.List(
        Label(),
        required=True,
        validate=validate.Length(1, MOST_VALUES),
        metadata={"example": ["fattura", "invoice"]},
    )


class RuleActionsSchema(Schema):
    """What to do; at least one thing."""

    set = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)),
        values=Label(),
        load_default=dict,
        metadata={"description": "Fields by name; what somebody chose is not replaced."},
    )
    tags = fields.List(Label(60), load_default=list, validate=validate.Length(max=MOST_VALUES))
    assignee = fields.String(load_default=None, allow_none=True, validate=ID)
    group = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={"description": "Id of a team; where it takes turns, the next member gets the ticket."},
    )
    reply_text = Text(MAX_TEXT, load_default=None, allow_none=True)
    reply_template = fields.Nested(TemplateToSendSchema, load_default=None, allow_none=True)
    status = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 100),
        metadata={"description": "Key of the status to enter, a closed one for example."},
    )

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not any(data.values()):
            raise ValidationError("Say what the rule does.")
        if data["reply_text"] and data["reply_template"]:
            raise ValidationError("Answer with a text or with a template, not both.", "reply_template")


class _RuleFieldsSchema(Schema):
    active = fields.Boolean()
    order = fields.Integer(
        strict=True,
        validate=validate.Range(0, MOST_ORDER),
        metadata={"description": "The lower comes first."},
    )
    stop = fields.Boolean(metadata={"description": "When it applied no further rule is looked at."})
    conditions = fields.List(
        fields.Nested(ConditionSchema),
        validate=validate.Length(max=MOST_CONDITIONS),
        metadata={"description": "All must hold; none: the rule always applies."},
    )


class NewRuleSchema(_RuleFieldsSchema):
    """A rule to add; the last one where `order` is left out."""

    name = Label(required=True, metadata={"example": "Invoices"})
    actions = fields.Nested(RuleActionsSchema, required=True)


class RuleChangeSchema(ChangeSchema, _RuleFieldsSchema):
    """What to change of a rule."""

    name = Label()
    actions = fields.Nested(RuleActionsSchema)


class RuleSchema(Schema):
    """A rule on create."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)
    order = fields.Integer(required=True)
    stop = fields.Boolean(required=True)
    conditions = fields.List(fields.Nested(ConditionSchema), required=True)
    actions = fields.Nested(RuleActionsSchema, required=True)


def rule_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an AssignmentRule that a body gives."""
    given = dict(body)
    if "conditions" in given:
        given["conditions"] = tuple(
            Condition(each["subject"], tuple(each["any_of"])) for each in given["conditions"]
        )
    if "actions" in given:
        actions = dict(given["actions"])
        actions["tags"] = tuple(dict.fromkeys(actions["tags"]))
        given["actions"] = RuleActions(**actions)
    return given


def rule_wire(rule: AssignmentRule) -> Wire:
    """A rule as the interface shows it."""
    actions = rule.actions
    return {
        "id": rule.id,
        "name": rule.name,
        "active": rule.active,
        "order": rule.order,
        "stop": rule.stop,
        "conditions": [{"subject": each.subject, "any_of": list(each.any_of)} for each in rule.conditions],
        "actions": {
            "set": actions.set,
            "tags": list(actions.tags),
            "assignee": actions.assignee,
            "group": actions.group,
            "reply_text": actions.reply_text,
            "reply_template": actions.reply_template,
            "status": actions.status,
        },
    }
