"""Tickets that close by themselves when customers do not answer."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.api import context
from services.ticket_service.api.channels import channel_named
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.reply_schemas import TemplateToSendSchema
from services.ticket_service.api.values import ID, MAX_TEXT, Text
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.auto_close import (
    MAX_DAYS,
    MAX_RULES,
    AutoClose,
    AutoCloseRule,
    Reminder,
)
from services.ticket_service.domain.status import CLOSED, Workflow

blueprint = ApiBlueprint(
    "auto-close",
    __name__,
    url_prefix=f"{PREFIX}/settings/auto-close",
    description="Tickets that close by themselves.",
)
_EXAMPLE: Final = {
    "rules": [
        {
            "status": "waiting_for_response",
            "after_days": 7,
            "to": "closed",
            "reminder": {"after_days": 5, "text": "Ha ancora bisogno di noi?"},
        }
    ]
}


class ReminderSchema(Schema):
    """What the customer is told before; once for each time the ticket waits."""

    after_days = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_DAYS))
    text = Text(MAX_TEXT, required=True)
    templates = fields.Dict(
        keys=fields.String(validate=ID),
        values=fields.Nested(TemplateToSendSchema),
        load_default=dict,
        validate=validate.Length(max=50),
        metadata={
            "description": "By channel id: the approved template to send where the reply window is closed."
            " On a channel without one nobody is reminded then."
        },
    )


class AutoCloseRuleSchema(Schema):
    """After so many days without a break in `status` a ticket moves to `to`."""

    status = fields.String(required=True, validate=ID, metadata={"example": "waiting_for_response"})
    after_days = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_DAYS))
    to = fields.String(required=True, validate=ID, metadata={"example": "closed"})
    reminder = fields.Nested(ReminderSchema, load_default=None, allow_none=True)

    @validates_schema
    def _order(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["reminder"] is not None and data["reminder"]["after_days"] >= data["after_days"]:
            raise ValidationError("Remind before the ticket is closed.", "reminder")


class AutoCloseSchema(Schema):
    """All rules, one for each status at most."""

    rules = fields.List(
        fields.Nested(AutoCloseRuleSchema), required=True, validate=validate.Length(max=MAX_RULES)
    )


@blueprint.route("", methods=["GET"])
@blueprint.operation("Which tickets close by themselves", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, AutoCloseSchema)
def show() -> Wire:
    """None at first."""
    return _wire(section(context.services().desk, AutoClose))


@blueprint.route("", methods=["PUT"])
@blueprint.arguments(AutoCloseSchema, example=_EXAMPLE)
@blueprint.operation(
    "Set which tickets close by themselves",
    *(400, 404, 412, 413, 415, 422, 428),
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.etag
@blueprint.response(200, AutoCloseSchema)
def change(body: dict[str, Any]) -> Wire:
    """Days are counted from when the ticket entered the status; the desk looks every few minutes."""
    for at, rule in enumerate(body["rules"]):
        for channel in rule["reminder"]["templates"] if rule["reminder"] else ():
            channel_named(channel, f"rules.{at}.reminder.templates.{channel}")
    wanted = {"rules": [_rule(each) for each in body["rules"]]}

    def unchanged(stored: list[Any]) -> None:
        blueprint.check_etag(_wire(stored[0]), AutoCloseSchema)

    desk = context.services().desk
    workflow = desk.store.workflow()
    kept = change_sections(
        desk, [AutoClose], wanted, frame(), unchanged, lambda each: _mistakes(each, workflow)
    )
    return _wire(kept[0])


def _rule(given: dict[str, Any]) -> AutoCloseRule:
    reminder = Reminder(**given["reminder"]) if given["reminder"] else None
    return AutoCloseRule(given["status"], given["after_days"], given["to"], reminder)


def _mistakes(section: AutoClose, workflow: Workflow) -> list[tuple[str, str]]:
    mistakes, seen = [], set()
    known = ", ".join(each.key for each in workflow.statuses if CLOSED not in each.roles)
    closing = ", ".join(each.key for each in workflow.statuses if CLOSED in each.roles)
    for at, rule in enumerate(section.rules):
        status, to = workflow.find(rule.status), workflow.find(rule.to)
        if status is None or CLOSED in status.roles:
            mistakes.append((f"rules.{at}.status", f"Use a status that is not closed: {known}."))
        if to is None or CLOSED not in to.roles:
            mistakes.append((f"rules.{at}.to", f"Use a status that closes a ticket: {closing}."))
        if rule.status in seen:
            mistakes.append((f"rules.{at}.status", "There is another rule for this status."))
        seen.add(rule.status)
    return mistakes


def _wire(section: AutoClose) -> Wire:
    return {
        "rules": [
            {
                **{name: getattr(rule, name) for name in ("status", "after_days", "to")},
                "reminder": {
                    name: getattr(rule.reminder, name) for name in ("after_days", "text", "templates")
                }
                if rule.reminder
                else None,
            }
            for rule in section.rules
        ]
    }
