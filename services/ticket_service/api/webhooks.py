"""Outgoing webhooks: where events about tickets are sent, and what became of each delivery."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.act import webhooks as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.webhook_schemas import (
    DeliveriesQuery,
    WebhookChangeSchema,
    WebhookDeliverySchema,
    WebhookSchema,
    WebhookToCreateSchema,
    WebhookWithSecretSchema,
)
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.webhook import STATES, Webhook, WebhookDelivery
from services.ticket_service.outbound.addresses import wrong_address
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Order, Position

blueprint = ApiBlueprint(
    "webhooks",
    __name__,
    url_prefix=f"{PREFIX}/settings/webhooks",
    description="Where other systems are told of what happens to tickets (Standard Webhooks).",
)
_NEWEST: Final = Order("created_at", newest_first=True)
_OLDEST: Final = Order("created_at", newest_first=False)
_FIELDS: Final = (
    *("id", "url", "description", "events", "active", "disabled_reason", "created_at", "updated_at"),
    "previous_until",
)
_DELIVERY: Final = (
    *("id", "event_id", "event_type", "ticket_number", "state", "tries", "created_at", "due_at"),
    *("delivered_at", "body"),
)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation("List webhooks, the oldest first", 400, 422, needs=permissions.SETTINGS_READ)
@blueprint.response(200, page_of(WebhookSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of webhooks."""
    found = context.services().records.page(Webhook, {}, _OLDEST, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.created_at, None, each.id))
    return {"items": [_wire(each) for each in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(
    WebhookToCreateSchema,
    example={"url": "https://hooks.example.com/sportello", "events": ["ticket.opened", "ticket.closed"]},
)
@blueprint.operation("Add a webhook", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, WebhookWithSecretSchema)
def create(body: dict[str, Any]) -> Response:
    """The secret is in this answer only. 422 for an address that may not be sent to."""
    wanted = _checked(body)

    def work(request: Once) -> Response:
        def remember(webhook: Webhook) -> IdempotencyRecord | None:
            return request.record(201, _shown_once(webhook, None))

        webhook = acts.create(context.services().desk, wanted, request.frame(), remember)
        return answer(201, _shown_once(webhook, webhook.secret))

    return once(body, work)


@blueprint.route("/<webhook_id>", methods=["GET"])
@blueprint.operation("One webhook", 404, needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, WebhookSchema)
def show(webhook_id: str) -> Wire:
    """The webhook with this id."""
    webhook = acts.load(context.services().desk, webhook_id)
    blueprint.set_etag(tag(webhook))
    return _wire(webhook)


@blueprint.route("/<webhook_id>", methods=["PATCH"])
@blueprint.arguments(WebhookChangeSchema, example={"active": False})
@blueprint.operation("Change a webhook", 400, 404, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(200, WebhookSchema)
def change(wanted: dict[str, Any], webhook_id: str) -> Wire:
    """Switched on again, it begins anew; what waited while it was off was given up and can be sent again."""
    desk = context.services().desk
    webhook = acts.edit(desk, webhook_id, _checked(wanted), frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(webhook))
    return _wire(webhook)


@blueprint.route("/<webhook_id>", methods=["DELETE"])
@blueprint.operation("Delete a webhook", 404, 412, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(webhook_id: str) -> None:
    """What still waits for it is not sent."""
    acts.delete(context.services().desk, webhook_id, frame(), lambda each: unchanged(blueprint, each))


@blueprint.route("/<webhook_id>/rotate", methods=["POST"])
@blueprint.operation("Change a webhook's secret", 404, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(200, WebhookWithSecretSchema)
def rotate(webhook_id: str) -> Response:
    """For 24 hours deliveries carry the signatures of both secrets."""

    def work(request: Once) -> Response:
        def remember(webhook: Webhook) -> IdempotencyRecord | None:
            return request.record(200, _shown_once(webhook, None))

        webhook = acts.rotate(context.services().desk, webhook_id, request.frame(), remember)
        return answer(200, _shown_once(webhook, webhook.secret))

    return once(None, work)


@blueprint.route("/<webhook_id>/deliveries", methods=["GET"])
@blueprint.arguments(DeliveriesQuery, location="query")
@blueprint.operation(
    "List a webhook's deliveries, the newest first", 400, 404, 422, needs=permissions.SETTINGS_READ
)
@blueprint.response(200, page_of(WebhookDeliverySchema))
def deliveries(query: dict[str, Any], webhook_id: str) -> Wire:
    """What was sent in the last 30 days, with each try."""
    services = context.services()
    acts.load(services.desk, webhook_id)
    where: dict[str, Any] = {"webhook_id": webhook_id}
    if "state" in query:
        where["state"] = query["state"]
    found = services.records.page(WebhookDelivery, where, _NEWEST, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.created_at, None, each.id))
    return {"items": [_delivery(each) for each in shown], "next": following}


@blueprint.route("/<webhook_id>/deliveries/<delivery_id>/resend", methods=["POST"])
@blueprint.operation("Send a delivery again", 404, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(202, WebhookDeliverySchema)
def resend(webhook_id: str, delivery_id: str) -> Response:
    """The same content under the same `webhook-id`, tried now and then for another day.

    409 `not-kept` for what was about a person who has been erased since.
    """

    def work(request: Once) -> Response:
        def remember(delivery: WebhookDelivery) -> IdempotencyRecord | None:
            return request.record(202, WebhookDeliverySchema().dump(_delivery(delivery)))

        desk = context.services().desk
        delivery = acts.resend(desk, webhook_id, delivery_id, request.frame(), remember)
        return answer(202, WebhookDeliverySchema().dump(_delivery(delivery)))

    return once(None, work)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    wanted = dict(body)
    if "events" in wanted:
        wanted["events"] = tuple(dict.fromkeys(wanted["events"]))
    wrong = wrong_address(wanted["url"], context.services().webhook_origins) if "url" in wanted else None
    if wrong is not None:
        raise invalid([("url", wrong)])
    return wanted


def _wire(webhook: Webhook) -> Wire:
    return {name: getattr(webhook, name) for name in _FIELDS}


def _shown_once(webhook: Webhook, secret: str | None) -> Wire:
    return WebhookWithSecretSchema().dump({**_wire(webhook), "secret": secret})


def _delivery(delivery: WebhookDelivery) -> Wire:
    shown = {name: getattr(delivery, name) for name in _DELIVERY}
    if delivery.state != STATES[0]:
        shown["due_at"] = None
    attempts = [
        {"at": each.at, "status": each.status, "error": each.error, "milliseconds": each.milliseconds}
        for each in delivery.attempts
    ]
    return {**shown, "attempts": attempts}
