"""What leaves the desk by mail and by webhook."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.notices import Notices
from services.ticket_service.domain.webhook import PENDING, Webhook, WebhookDelivery, WebhookHealth
from services.ticket_service.store.kinds.kind import Kind

_NEWEST: Final = [("created_at", -1), ("_id", -1)]

KINDS: Final[dict[type[Any], Kind]] = {
    Notices: Kind("notices", cached=True, audited=True),
    Webhook: Kind("webhooks", (IndexModel([("created_at", 1), ("_id", 1)]),), cached=True, audited=True),
    WebhookHealth: Kind("webhook_health"),
    WebhookDelivery: Kind(
        "webhook_deliveries",
        (
            IndexModel([("due_at", 1)], partialFilterExpression={"state": PENDING}),
            IndexModel([("webhook_id", 1), *_NEWEST]),
            IndexModel([("webhook_id", 1), ("state", 1), *_NEWEST]),
            IndexModel([("ticket_id", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        ),
        of_ticket=True,
    ),
}
