"""The webhooks' deliveries as a queue: claimed by one process at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from pymongo import ASCENDING, ReturnDocument
from pymongo.database import Database

from services.ticket_service.domain.webhook import PENDING, Webhook, WebhookDelivery, WebhookHealth
from services.ticket_service.store.documents.record import record, record_document
from services.ticket_service.store.kinds import kind_of
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_ID: Final = "id"


class MongoWebhookQueue:
    """Deliveries and the state of endpoints. Every method raises Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._deliveries = db[kind_of(WebhookDelivery).collection]
        self._webhooks = db[kind_of(Webhook).collection]
        self._health = db[kind_of(WebhookHealth).collection]

    def claim(self, now: datetime, until: datetime, busy: Collection[str]) -> WebhookDelivery | None:
        """What has been due for longest, moved on to `until` in the same step."""
        due = {"state": PENDING, "due_at": {"$lte": now}, "webhook_id": {"$nin": list(busy)}}
        with database_errors():
            found = self._deliveries.find_one_and_update(
                due,
                {"$set": {"due_at": until}, "$inc": {"version": 1}},
                sort=[("due_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return record(WebhookDelivery, _ID, found) if found else None

    def keep(self, delivery: WebhookDelivery) -> bool:
        """Save it if it still has its version."""
        document = record_document(delivery, _ID) | {"version": delivery.version + 1}
        with database_errors():
            kept = self._deliveries.replace_one({"_id": delivery.id, "version": delivery.version}, document)
        return kept.matched_count == 1

    def webhook(self, webhook_id: str) -> Webhook | None:
        """The endpoint as it is now."""
        with database_errors():
            found = self._webhooks.find_one({"_id": webhook_id})
        return record(Webhook, _ID, found) if found else None

    def health(self, webhook_id: str) -> WebhookHealth:
        """How the endpoint does."""
        with database_errors():
            found = self._health.find_one({"_id": webhook_id})
        return record(WebhookHealth, _ID, found) if found else WebhookHealth(webhook_id)

    def succeeded(self, webhook_id: str) -> None:
        """It took a delivery."""
        with database_errors():
            self._health.delete_one({"_id": webhook_id})

    def failed(self, webhook_id: str, at: datetime) -> None:
        """It fails since then, unless it did so before."""
        new = {"failing_since": at, "version": 1}
        with database_errors():
            self._health.update_one({"_id": webhook_id}, {"$setOnInsert": new}, upsert=True)
