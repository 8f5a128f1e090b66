"""An administrator names endpoints for webhooks, changes their secrets, and has deliveries sent again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final

from services.ticket_service.act.keeping import Check, add, change, found, remove, save_record
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, WrongState, save_once, until_saved
from services.ticket_service.domain.webhook import Webhook, WebhookDelivery, WebhookHealth
from services.ticket_service.ports import Changes, Conflict

MOST: Final = 50
"""Endpoints of a desk: each event is looked at for each of them."""


class TooMany(Exception):
    """The desk has as many as it may have; the argument is how many."""


def new_secret() -> str:
    """A secret as the Standard Webhooks write it: 32 bytes by chance."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def load(desk: Desk, webhook_id: str) -> Webhook:
    """One endpoint. NotFound."""
    return found(desk, Webhook, webhook_id, "webhook")


def create(desk: Desk, wanted: Mapping[str, Any], frame: Frame, remember: Remember[Webhook]) -> Webhook:
    """A new endpoint with a secret of its own. TooMany, TooBusy."""

    def make() -> Webhook:
        now = desk.clock()
        return Webhook(id=desk.new_id(), secret=new_secret(), created_at=now, updated_at=now, **wanted)

    def check(_: Webhook) -> None:
        if len(desk.store.records(Webhook, {})) >= MOST:
            raise TooMany(MOST)

    return add(desk, make, check, frame, remember)


def edit(
    desk: Desk, webhook_id: str, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[Webhook]
) -> Webhook:
    """Change an endpoint; switched on again, what was wrong before is forgotten. NotFound, TooBusy."""

    def save(webhook: Webhook) -> None:
        webhook.updated_at = desk.clock()
        changes = Changes()
        if wanted.get("active"):
            webhook.disabled_reason = ""
            health = desk.store.record(WebhookHealth, webhook.id)
            if health is not None:
                changes.remove(health)
        changes.touch(webhook)
        desk.save(changes)

    return change(lambda: load(desk, webhook_id), wanted, save, frame, unchanged)


def rotate(desk: Desk, webhook_id: str, frame: Frame, remember: Remember[Webhook]) -> Webhook:
    """Another secret; for a day deliveries carry the signatures of both. NotFound, TooBusy."""

    def attempt() -> Webhook:
        webhook = load(desk, webhook_id)
        webhook.rotate(new_secret(), desk.clock())
        changes = Changes()
        changes.touch(webhook)
        return save_once(desk, changes, webhook, remember)

    return until_saved(attempt, frame)


def delete(desk: Desk, webhook_id: str, frame: Frame, check: Check[Webhook]) -> None:
    """Forget an endpoint; what waits for it is not sent any more. NotFound, TooBusy."""
    remove(desk, lambda: load(desk, webhook_id), frame, check)


def resend(
    desk: Desk, webhook_id: str, delivery_id: str, frame: Frame, remember: Remember[WebhookDelivery]
) -> WebhookDelivery:
    """Try a delivery again from the beginning, now, whatever became of it.

    NotFound, WrongState (what it said was erased), TooBusy.
    """

    def attempt() -> WebhookDelivery:
        delivery = desk.store.record(WebhookDelivery, delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise NotFound("delivery")
        if not delivery.body:
            raise WrongState("delivery", "erased", "kept")
        delivery.resend(desk.clock())
        changes = Changes()
        changes.touch(delivery)
        return save_once(desk, changes, delivery, remember)

    return until_saved(attempt, frame)


def disable(desk: Desk, webhook_id: str, reason: str) -> None:
    """Switch an endpoint off for the desk's own reasons; nothing when it is gone, or off already."""
    webhook = desk.store.record(Webhook, webhook_id)
    if webhook is None or not webhook.active:
        return
    webhook.active, webhook.disabled_reason, webhook.updated_at = False, reason[:500], desk.clock()
    try:
        save_record(desk, webhook)
    except Conflict:
        return  # somebody changes it this moment; it fails again, and is switched off then
