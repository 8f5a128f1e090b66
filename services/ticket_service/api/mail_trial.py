"""Rules for mails tried on one mail: which decides, and why each of the others does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.mail_rules import WHYS, Trial
from services.ticket_service.api.mail_rule_schemas import (
    MailConditionSchema,
    NewMailRuleSchema,
    ShownActionSchema,
    action_wire,
    condition_wire,
)
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.mail_rule import MailFacts
from shared.contracts.received_mail import AUTOMATIC, MAX_ADDRESSES, MAX_HEADERS

_LONGEST_BODY: Final = 100_000
_LARGEST: Final = 1_000_000_000


class ImaginedMailSchema(Schema):
    """A mail to imagine."""

    channel = fields.String(load_default="", validate=validate.Length(max=40))
    sender = fields.String(load_default="", validate=validate.Length(max=800))
    sender_name = fields.String(load_default="", validate=validate.Length(max=500))
    recipients = fields.List(
        fields.String(validate=validate.Length(max=800)),
        load_default=list,
        validate=validate.Length(max=MAX_ADDRESSES),
    )
    subject = fields.String(load_default="", validate=validate.Length(max=1_000))
    body = fields.String(load_default="", validate=validate.Length(max=_LONGEST_BODY))
    headers = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.String(validate=validate.Length(max=4_000)),
        load_default=dict,
        validate=validate.Length(max=MAX_HEADERS),
    )
    attachments = fields.List(
        fields.String(validate=validate.Length(max=500)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "File names."},
    )
    size = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, _LARGEST))
    automatic = fields.String(load_default="", validate=validate.OneOf(("", *AUTOMATIC)))


class TryMailRulesSchema(Schema):
    """A mail to try the rules on: a stored one, or one to imagine."""

    message = fields.String(
        load_default=None, validate=ID, metadata={"description": "Id of a message that came by mail."}
    )
    mail = fields.Nested(ImaginedMailSchema, load_default=None)
    rule = fields.Nested(
        NewMailRuleSchema,
        load_default=None,
        metadata={"description": "A rule that is being written, tried among those there are."},
    )
    rule_id = fields.String(
        load_default=None, validate=ID, metadata={"description": "The rule that `rule` would replace."}
    )

    @validates_schema
    def _one_mail(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["message"] is None) == (data["mail"] is None):
            raise ValidationError("Name a stored mail, or describe one.", "message")


class TriedConditionSchema(MailConditionSchema):
    """A condition, and whether it holds."""

    held = fields.Boolean(required=True)


class TriedMailRuleSchema(Schema):
    """How one rule stood."""

    id = fields.String(required=True, allow_none=True, metadata={"description": "Null for one only tried."})
    name = fields.String(required=True)
    why = fields.String(
        required=True,
        metadata={
            "enum": list(WHYS),
            "description": "`fires`: it decides; `behind`: it would, but one before it does; `off`: it is"
            " switched off; `conditions`: see which do not hold.",
        },
    )
    all_or_any = fields.String(required=True)
    conditions = fields.List(fields.Nested(TriedConditionSchema), required=True)


class TriedMailRulesSchema(Schema):
    """Which rule decides, what it does, and why each of the others does not."""

    rule = fields.String(
        required=True, allow_none=True, metadata={"description": "Name of the one that decides; null: none."}
    )
    then = fields.Nested(ShownActionSchema, required=True, allow_none=True)
    rules = fields.List(fields.Nested(TriedMailRuleSchema), required=True)


def imagined_facts(mail: Mapping[str, Any]) -> MailFacts:
    """What rules look at, of a mail to imagine."""
    return MailFacts(
        channel=mail["channel"],
        sender=tuple(each for each in (mail["sender"], mail["sender_name"]) if each),
        recipients=tuple(mail["recipients"]),
        subject=mail["subject"],
        body=mail["body"],
        headers={name.lower(): value for name, value in mail["headers"].items()},
        attachments=tuple(mail["attachments"]),
        size=mail["size"],
        automatic=mail["automatic"],
    )


def trial_wire(trial: Trial) -> Wire:
    """How the rules stood."""
    decides = trial.decides
    return {
        "rule": decides.name if decides is not None else None,
        "then": action_wire(decides.then) if decides is not None else None,
        "rules": [
            {
                "id": each.rule.id or None,
                "name": each.rule.name,
                "why": why,
                "all_or_any": each.rule.all_or_any,
                "conditions": [
                    {**condition_wire(one), "held": held}
                    for one, held in zip(each.rule.conditions, each.held, strict=True)
                ],
            }
            for each, why in trial.tried
        ],
    }
