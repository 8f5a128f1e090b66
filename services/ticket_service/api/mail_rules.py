"""Rules for mails: which become tickets with which fields, which wait for a person, which are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response

from services.ticket_service.act import keeping
from services.ticket_service.act import mail_rules as acts
from services.ticket_service.act.ordering import STEP
from services.ticket_service.acting import keep_answer
from services.ticket_service.api import context, rule_steps
from services.ticket_service.api.answering import made
from services.ticket_service.api.mail_rule_schemas import (
    MailRuleChangeSchema,
    MailRuleSchema,
    NewMailRuleSchema,
    rule_fields,
    rule_wire,
)
from services.ticket_service.api.mail_trial import (
    TriedMailRulesSchema,
    TryMailRulesSchema,
    imagined_facts,
    trial_wire,
)
from services.ticket_service.api.named import ORDER_EXAMPLE, OrderSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.mail_rule import MailRule, in_order

blueprint = ApiBlueprint(
    "mail-rules",
    __name__,
    url_prefix=f"{PREFIX}/settings/mail-rules",
    description="What becomes of mails that come in.",
)
_WHAT: Final = "rule"
_EXAMPLE: Final = {
    "name": "Newsletters",
    "conditions": [{"what": "header:list-unsubscribe", "how": "present"}],
    "then": {"do": "ignore", "reason": "Newsletter"},
}


@blueprint.route("", methods=["GET"])
@blueprint.operation("List the rules for mails in their order", needs=permissions.SETTINGS_READ)
@blueprint.response(200, page_of(MailRuleSchema))
def find() -> Wire:
    """All of them, on one page."""
    rules = context.services().desk.store.records(MailRule, {})
    return rule_steps.on_one_page(in_order(rules), rule_wire)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewMailRuleSchema, example=_EXAMPLE)
@blueprint.operation("Add a rule for mails", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, MailRuleSchema)
def create(body: dict[str, Any]) -> Response:
    """It looks at mails that come from now on."""
    desk = context.services().desk
    return rule_steps.add(body, MailRuleSchema, rule_wire, lambda: _rule(desk.new_id(), body), _must_fit)


@blueprint.route("/try", methods=["POST"])
@blueprint.arguments(
    TryMailRulesSchema, example={"mail": {"sender": "news@example.com", "subject": "Offers of the week"}}
)
@blueprint.operation(
    "Say which rule fires for a mail", 404, 413, 415, idempotent=True, needs=permissions.SETTINGS_READ
)
@blueprint.response(200, TriedMailRulesSchema)
def try_out(body: dict[str, Any]) -> Response:
    """And why each of the others does not. Nothing happens to the mail.

    A thread, a blocked sender and the desk's own mails go before rules to open or join; they are not looked
    at here.
    """
    desk = context.services().desk
    draft = _rule(body["rule_id"] or "", body["rule"]) if body["rule"] is not None else None
    if draft is not None:
        _must_fit(draft)
    message, mail = body["message"], body["mail"]
    facts = acts.stored_facts(desk.store, message) if message is not None else imagined_facts(mail)
    trial = acts.tried(desk, facts, draft)
    return made(
        body,
        TriedMailRulesSchema,
        trial_wire,
        lambda frame_, remember: keep_answer(desk, trial, frame_, remember),
        200,
    )


@blueprint.route("/order", methods=["POST"])
@blueprint.arguments(OrderSchema, example=ORDER_EXAMPLE)
@blueprint.operation(
    "Put the rules for mails in order", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE
)
@blueprint.response(200, page_of(MailRuleSchema))
def put_in_order(body: dict[str, Any]) -> Response:
    """The first that fires decides."""
    desk = context.services().desk
    return rule_steps.put_in_order(
        body,
        MailRuleSchema,
        rule_wire,
        lambda frame_, remember: acts.put_in_order(desk, body["ids"], frame_, remember),
    )


@blueprint.route("/<rule_id>", methods=["GET"])
@blueprint.operation("One rule for mails", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, MailRuleSchema)
def show(rule_id: str) -> Wire:
    """The rule with this id."""
    return rule_steps.show(blueprint, _found(rule_id), rule_wire)


@blueprint.route("/<rule_id>", methods=["PATCH"])
@blueprint.arguments(MailRuleChangeSchema, example={"active": False})
@blueprint.operation(
    "Change a rule for mails", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, MailRuleSchema)
def change(wanted: dict[str, Any], rule_id: str) -> Wire:
    """Conditions and what it does are replaced as wholes."""
    return rule_steps.change(blueprint, lambda: _found(rule_id), rule_fields(wanted), _must_fit, rule_wire)


@blueprint.route("/<rule_id>", methods=["DELETE"])
@blueprint.operation("Delete a rule for mails", 404, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(rule_id: str) -> None:
    """What it did to mails stays."""
    rule_steps.delete(blueprint, lambda: _found(rule_id))


def _found(rule_id: str) -> MailRule:
    return keeping.found(context.services().desk, MailRule, rule_id, _WHAT)


def _must_fit(rule: MailRule) -> None:
    services = context.services()
    acts.must_fit(services.desk, rule, [each.id for each in services.channels if each.kind == MAIL])


def _rule(rule_id: str, body: Mapping[str, Any]) -> MailRule:
    given = rule_fields(body)
    if "position" not in given:
        known = context.services().desk.store.records(MailRule, {})
        given["position"] = max((each.position for each in known), default=0) + STEP
    return MailRule(id=rule_id, **given)
