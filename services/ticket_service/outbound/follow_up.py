"""What follows from a fact about a ticket for other systems: one delivery for each endpoint that wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import orjson

from services.ticket_service.domain.webhook import REMEMBERED, Webhook, WebhookDelivery
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts import ticket_fact
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.envelope import Event
from shared.contracts.times import format_utc

_FACTS: Final = frozenset(ticket_fact.TYPES)


def deliver(changes: Changes, store: DeskStore, now: datetime, new_id: Callable[[], str]) -> None:
    """Add a delivery for each event and each active endpoint that listens to it; saved with the event."""
    facts = [event for event in changes.events if event.type in _FACTS]
    if not facts:
        return
    webhooks = [webhook for webhook in store.all(Webhook) if webhook.active]
    if not webhooks:
        return
    for event in facts:
        wanting = [webhook for webhook in webhooks if event.type in webhook.events]
        body = payload(event) if wanting else ""
        for webhook in wanting:
            changes.touch(
                WebhookDelivery(
                    id=new_id(),
                    webhook_id=webhook.id,
                    event_id=event.id,
                    event_type=event.type,
                    ticket_id=event.data.ticket_id,
                    ticket_number=event.data.ticket_number,
                    body=body,
                    created_at=now,
                    due_at=now,
                    expires_at=now + REMEMBERED,
                )
            )


def payload(event: Event) -> str:
    """What is sent: the event's type, time, id and data, as the Standard Webhooks have it."""
    document = {
        "type": event.type,
        "timestamp": format_utc(event.time),
        "id": event.id,
        "data": CONTRACTS[event.type].write(event.data),
    }
    return orjson.dumps(document).decode()
