"""Rules for mails as the interface takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api.named import ChangeSchema
from services.ticket_service.api.ticket_schemas import TicketFieldsSchema
from services.ticket_service.api.values import ID, MAX_LABEL, MAX_ORDER, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.mail_rule import (
    ALL,
    ANY,
    DOINGS,
    FIELDS,
    HEADER,
    HOWS,
    MAX_VALUE,
    MOST_CONDITIONS,
    SUBJECTS,
    MailAction,
    MailCondition,
    MailRule,
)

_SHOWN: Final = ("id", "name", "active", "position", "all_or_any")


class MailConditionSchema(Schema):
    """Holds when anything that `what` names compares so with `value`; `negate` turns it round."""

    what = fields.String(
        required=True,
        validate=validate.Length(1, 120),
        metadata={
            "description": f"One of {', '.join(SUBJECTS)}, or `{HEADER}<name>`. Sender, recipients and"
            " attachments are looked at one by one: addresses, names, file names.",
            "example": "sender",
        },
    )
    how = fields.String(
        required=True,
        validate=validate.OneOf(HOWS),
        metadata={
            "description": "`matches` knows `*` for anything; `larger` and `smaller` are for `size`, in"
            " bytes. Capitals and accents mean nothing.",
            "example": "ends",
        },
    )
    value = fields.String(
        load_default="", validate=validate.Length(max=MAX_VALUE), metadata={"example": "@example.com"}
    )
    negate = fields.Boolean(load_default=False)


class MailActionSchema(Schema):
    """What to do with the mail."""

    do = fields.String(
        required=True,
        validate=validate.OneOf(DOINGS),
        metadata={
            "description": "`open` a ticket (unless its thread has one); `join` its sender's newest open"
            " ticket where its thread has none, else open one; `hold` it in triage; `ignore` it."
        },
    )
    fields_ = fields.Nested(
        TicketFieldsSchema(only=FIELDS),
        load_default=dict,
        data_key="fields",
        metadata={"description": "Fields of the ticket it opens."},
    )
    reply_with = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={"description": "Id of a canned reply that the sender gets."},
    )
    silent = fields.Boolean(load_default=False, metadata={"description": "Nobody is told by mail."})
    reason = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_LABEL),
        metadata={"description": "Why it is held or ignored, for people."},
    )


class _RuleFieldsSchema(Schema):
    active = fields.Boolean()
    position = fields.Integer(
        strict=True,
        validate=validate.Range(0, MAX_ORDER),
        metadata={"description": "The lower comes first; of all that fire the first decides."},
    )
    conditions = fields.List(
        fields.Nested(MailConditionSchema),
        validate=validate.Length(max=MOST_CONDITIONS),
        metadata={"description": "None: the rule always fires."},
    )
    all_or_any = fields.String(
        validate=validate.OneOf((ALL, ANY)), metadata={"description": "How many of them must hold."}
    )


class NewMailRuleSchema(_RuleFieldsSchema):
    """A rule to add; the last one where `position` is left out."""

    name = Label(required=True, metadata={"example": "Orders of the shop"})
    then = fields.Nested(MailActionSchema, required=True)


class MailRuleChangeSchema(ChangeSchema, _RuleFieldsSchema):
    """What to change of a rule."""

    name = Label()
    then = fields.Nested(MailActionSchema)


class ShownActionSchema(Schema):
    """What a rule does."""

    do = fields.String(required=True, metadata={"enum": list(DOINGS)})
    fields_ = fields.Dict(keys=fields.String(), required=True, data_key="fields")
    reply_with = fields.String(required=True, allow_none=True)
    silent = fields.Boolean(required=True)
    reason = fields.String(required=True)


class MailRuleSchema(Schema):
    """A rule for mails."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)
    position = fields.Integer(required=True)
    conditions = fields.List(fields.Nested(MailConditionSchema), required=True)
    all_or_any = fields.String(required=True)
    then = fields.Nested(ShownActionSchema, required=True)


def rule_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a MailRule that a body gives."""
    given = dict(body)
    if "conditions" in given:
        given["conditions"] = tuple(MailCondition(**each) for each in given["conditions"])
    if "then" in given:
        then = dict(given["then"])
        chosen = {name: value for name, value in then.pop("fields_").items() if value not in (None, [], "")}
        given["then"] = MailAction(fields=chosen, **then)
    return given


def rule_wire(rule: MailRule) -> Wire:
    """A rule as the interface shows it."""
    return {
        **{name: getattr(rule, name) for name in _SHOWN},
        "conditions": [condition_wire(each) for each in rule.conditions],
        "then": action_wire(rule.then),
    }


def condition_wire(condition: MailCondition) -> Wire:
    """A condition."""
    return {name: getattr(condition, name) for name in ("what", "how", "value", "negate")}


def action_wire(then: MailAction) -> Wire:
    """What a rule does."""
    return {
        **{name: getattr(then, name) for name in ("do", "reply_with", "silent", "reason")},
        "fields_": then.fields,
    }
