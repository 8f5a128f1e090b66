"""Rules on create: what a new ticket is given, by its channel, its words, its requester."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import assignment_rules as acts
from services.ticket_service.act import keeping
from services.ticket_service.act.ordering import STEP
from services.ticket_service.acting import keep_answer
from services.ticket_service.api import context, rule_steps
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import ORDER_EXAMPLE, OrderSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.rule_schemas import (
    NewRuleSchema,
    RuleChangeSchema,
    RuleSchema,
    rule_fields,
    rule_wire,
)
from services.ticket_service.api.values import ID, MAX_TEXT, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.assignment import (
    FIELDS,
    AssignmentRule,
    NewTicketFacts,
    RuleActions,
    Verdict,
)
from services.ticket_service.domain.history import AGENT, CUSTOMER
from services.ticket_service.opening import DESK_CHANNEL
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "assignment-rules",
    __name__,
    url_prefix=f"{PREFIX}/settings/assignment-rules",
    description="What new tickets are given by rules.",
)
_EXAMPLE: Final = {
    "name": "Invoices",
    "conditions": [{"subject": "keyword", "any_of": ["fattura", "invoice"]}],
    "actions": {"set": {"priority": "high"}, "tags": ["billing"]},
}


class TrySchema(Schema):
    """A ticket to imagine; `rule` is tried among those there are."""

    channel = fields.String(load_default="", validate=validate.Length(max=200))
    text = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_TEXT),
        metadata={"description": "Title and first message.", "example": "La fattura è sbagliata"},
    )
    created_by = fields.String(load_default=CUSTOMER, validate=validate.OneOf((CUSTOMER, AGENT)))
    requester_domain = fields.String(load_default=None, validate=validate.Length(max=320))
    requester_language = fields.String(load_default=None, validate=validate.Length(max=40))
    at = UtcTime(load_default=None, metadata={"description": "When it was written; now where left out."})
    fields_ = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)),
        values=Label(),
        load_default=dict,
        data_key="fields",
    )
    rule = fields.Nested(NewRuleSchema, load_default=None)


class AppliedSchema(Schema):
    """A rule that applied; `id` is null for the one that was only tried."""

    id = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)


class TriedSchema(Schema):
    """What the rules would do."""

    applied = fields.List(fields.Nested(AppliedSchema), required=True)
    set = fields.Dict(required=True)
    tags = fields.List(fields.String(), required=True)
    assignee = fields.String(required=True, allow_none=True, validate=ID)
    group = fields.String(required=True, allow_none=True)
    reply_text = fields.String(required=True, allow_none=True)
    reply_template = fields.Dict(required=True, allow_none=True)
    status = fields.String(required=True, allow_none=True)


@blueprint.route("", methods=["GET"])
@blueprint.operation("List the rules in their order", needs=permissions.SETTINGS_READ)
@blueprint.response(200, page_of(RuleSchema))
def find() -> Wire:
    """All of them, on one page."""
    rules = context.services().desk.store.records(AssignmentRule, {})
    ordered = sorted(rules, key=lambda each: (each.order, each.id))
    return rule_steps.on_one_page(ordered, rule_wire)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewRuleSchema, example=_EXAMPLE)
@blueprint.operation("Add a rule", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, RuleSchema)
def create(body: dict[str, Any]) -> Response:
    """It looks at tickets that open from now on."""
    desk = context.services().desk
    return rule_steps.add(body, RuleSchema, rule_wire, lambda: _rule(desk.new_id(), body), _must_fit)


@blueprint.route("/try", methods=["POST"])
@blueprint.arguments(TrySchema, example={"channel": "whatsapp-main", "text": "La fattura è sbagliata"})
@blueprint.operation(
    "Say what the rules would do", 413, 415, idempotent=True, needs=permissions.SETTINGS_READ
)
@blueprint.response(200, TriedSchema)
def try_out(body: dict[str, Any]) -> Response:
    """Nothing is made and nothing is sent; teams that take turns are shown, not whose turn it is."""
    desk = context.services().desk
    draft = _rule("", body["rule"]) if body["rule"] is not None else None
    if draft is not None:
        _must_fit(draft)
    verdict = acts.tried(desk, _facts(body, desk.clock()), draft)
    return made(
        body,
        TriedSchema,
        _verdict_wire,
        lambda frame_, remember: keep_answer(desk, verdict, frame_, remember),
        200,
    )


@blueprint.route("/order", methods=["POST"])
@blueprint.arguments(OrderSchema, example=ORDER_EXAMPLE)
@blueprint.operation("Put the rules in order", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(200, page_of(RuleSchema))
def put_in_order(body: dict[str, Any]) -> Response:
    """Each rule sees what those before it set."""
    desk = context.services().desk
    return rule_steps.put_in_order(
        body,
        RuleSchema,
        rule_wire,
        lambda frame_, remember: acts.put_in_order(desk, body["ids"], frame_, remember),
    )


@blueprint.route("/<rule_id>", methods=["GET"])
@blueprint.operation("One rule", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, RuleSchema)
def show(rule_id: str) -> Wire:
    """The rule with this id."""
    return rule_steps.show(blueprint, _found(rule_id), rule_wire)


@blueprint.route("/<rule_id>", methods=["PATCH"])
@blueprint.arguments(RuleChangeSchema, example={"active": False})
@blueprint.operation("Change a rule", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(200, RuleSchema)
def change(wanted: dict[str, Any], rule_id: str) -> Wire:
    """Conditions and actions are replaced as wholes."""
    return rule_steps.change(blueprint, lambda: _found(rule_id), rule_fields(wanted), _must_fit, rule_wire)


@blueprint.route("/<rule_id>", methods=["DELETE"])
@blueprint.operation("Delete a rule", 404, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(rule_id: str) -> None:
    """What it did to tickets stays."""
    rule_steps.delete(blueprint, lambda: _found(rule_id))


def _found(rule_id: str) -> AssignmentRule:
    return keeping.found(context.services().desk, AssignmentRule, rule_id, "rule")


def _must_fit(rule: AssignmentRule) -> None:
    services = context.services()
    channels = (*(each.id for each in services.channels), DESK_CHANNEL)
    acts.must_fit(services.desk, rule, channels, services.channel_queries.synced)


def _rule(rule_id: str, body: Mapping[str, Any]) -> AssignmentRule:
    given: dict[str, Any] = {"conditions": (), "actions": RuleActions(), **rule_fields(body)}
    if "order" not in given:
        known = context.services().desk.store.all(AssignmentRule)
        given["order"] = max((each.order for each in known), default=0) + STEP
    return AssignmentRule(id=rule_id, **given)


def _facts(body: Mapping[str, Any], now: datetime) -> NewTicketFacts:
    domain = body["requester_domain"]
    return NewTicketFacts(
        channel=body["channel"],
        text=body["text"],
        at=body["at"] or now,
        created_by=body["created_by"],
        fields=body["fields_"],
        domains=(domain,) if domain else (),
        language=body["requester_language"],
    )


def _verdict_wire(verdict: Verdict) -> Wire:
    return {
        "applied": [{"id": each.id or None, "name": each.name} for each in verdict.applied],
        "set": verdict.set,
        "tags": verdict.tags,
        "assignee": verdict.assignee,
        "group": verdict.group,
        "reply_text": verdict.reply_text,
        "reply_template": verdict.reply_template,
        "status": verdict.status,
    }
