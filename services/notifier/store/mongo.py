"""The deliveries in MongoDB."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, MongoClient, ReplaceOne, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.notifier.domain.delivery import Delivery
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.ports import T
from services.notifier.store.documents import (
    Document,
    delivery_document,
    delivery_of,
    pause_document,
    pause_of,
    receipt_document,
    receipt_of,
)
from shared.contracts.envelope import Event
from shared.messaging.message import Unavailable
from shared.mongo.transactions import WriteConflict, database_errors, in_transaction
from shared.outbox.entry import COLLECTION, outbox_document
from shared.runtime.clock import utc_now

CONFLICT_TRIES: Final = 50
PARKED_FOR: Final = timedelta(days=8)
"""A day longer than Meta repeats a webhook."""
ADOPTED_FOR: Final = timedelta(hours=1)
"""Far longer than any transaction that could still be parking a receipt under an adopted id."""


class MongoDeliveryStore:
    """Deliveries, waiting receipts, channel pauses and the outbox of one database."""

    def __init__(self, client: MongoClient[Document], db: Database[Document]) -> None:
        self._client = client
        self._db = db

    def prepare(self) -> None:
        """Create the indexes (again and again without harm)."""
        with database_errors():
            deliveries = self._db["deliveries"]
            deliveries.create_index(
                [(name, ASCENDING) for name in ("open", "channel_id", "conversation_id", "sequence")],
                name="open_by_conversation",
                partialFilterExpression={"open": True},
            )
            # Not unique: a provider that repeats an id must not keep us from recording what it took.
            deliveries.create_index(
                [("channel_id", ASCENDING), ("provider_message_id", ASCENDING)],
                name="by_provider_id",
                partialFilterExpression={"provider_message_id": {"$exists": True}},
            )
            self._db["receipts_waiting"].create_index("expires_at", name="expiry", expireAfterSeconds=0)
            # A transaction cannot always create a collection it is the first to write to.
            existing = self._db.list_collection_names()
            for name in ("channel_pauses", "counters", COLLECTION):
                if name not in existing:
                    self._db.create_collection(name)

    def transact(self, work: Callable[[MongoDeliveryTransaction], T]) -> T:
        """Run `work` in one transaction, again when others wrote the same documents meanwhile."""
        for attempt in range(CONFLICT_TRIES):
            try:
                return in_transaction(
                    self._client, lambda session: work(MongoDeliveryTransaction(self._db, session))
                )
            except WriteConflict:
                time.sleep(random.uniform(0, 0.004 * min(attempt + 1, 10)))  # noqa: S311 - jitter, not a secret
        raise Unavailable("others keep writing the same deliveries")

    def due_heads(self, channel_id: str, now: datetime, limit: int) -> list[Delivery]:
        """The first open delivery of each conversation, if due, oldest first.

        The index leads from conversation to conversation, so its cost is that of the conversations waiting.
        """
        with database_errors():
            found = self._db["deliveries"].aggregate(
                [
                    {"$match": {"channel_id": channel_id, "open": True}},
                    {"$sort": {"conversation_id": 1, "sequence": 1}},
                    {"$group": {"_id": "$conversation_id", "head": {"$first": "$$ROOT"}}},
                    {"$match": {"head.due_at": {"$lte": now}}},
                    {"$sort": {"head.sequence": 1}},
                    {"$limit": limit},
                ],
                hint="open_by_conversation",
            )
            return [delivery_of(document["head"]) for document in found]

    def pauses(self) -> Mapping[str, ChannelPause]:
        """All pauses, by channel id."""
        with database_errors():
            return {document["_id"]: pause_of(document) for document in self._db["channel_pauses"].find()}


class MongoDeliveryTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, db: Database[Document], session: ClientSession) -> None:
        self._db = db
        self._session = session

    def load(self, send_ids: Collection[str]) -> dict[str, Delivery]:
        """The deliveries that exist, by send id."""
        return {
            delivery.send_id: delivery for delivery in self._find({"_id": {"$in": list(send_ids)}}, send_ids)
        }

    def load_by_provider_key(self, keys: Collection[ProviderKey]) -> dict[ProviderKey, Delivery]:
        """The deliveries the provider knows under these ids."""
        alternatives = [
            {"channel_id": channel, "provider_message_id": {"$in": ids}} for channel, ids in _by_channel(keys)
        ]
        return {
            ProviderKey(delivery.channel_id, delivery.provider_message_id): delivery
            for delivery in self._find({"$or": alternatives}, keys)
            if delivery.provider_message_id is not None
        }

    def insert(self, deliveries: Sequence[Delivery]) -> None:
        """Add new deliveries. The shared counter makes transactions that insert commit in sequence."""
        if not deliveries:
            return
        counter: Any = self._db["counters"].find_one_and_update(
            {"_id": "deliveries"},
            {"$inc": {"last": len(deliveries)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=self._session,
        )
        first = counter["last"] - len(deliveries) + 1
        self._db["deliveries"].insert_many(
            [
                delivery_document(delivery) | {"sequence": first + position}
                for position, delivery in enumerate(deliveries)
            ],
            session=self._session,
        )

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """Replace existing deliveries."""
        if deliveries:
            self._db["deliveries"].bulk_write(
                [
                    ReplaceOne({"_id": delivery.send_id}, delivery_document(delivery))
                    for delivery in deliveries
                ],
                ordered=False,
                session=self._session,
            )

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox."""
        if events:
            self._db[COLLECTION].insert_many(
                [outbox_document(event) for event in events], session=self._session
            )

    def park(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts whose message nobody knows yet; one per state, the earliest."""
        waiting: dict[ProviderKey, list[Receipt]] = {}
        for receipt in receipts:
            waiting.setdefault(receipt.key, []).append(receipt)
        for key, news in waiting.items():
            kept = {receipt.state: receipt for receipt in self._waiting(key)}
            for receipt in news:
                known = kept.get(receipt.state)
                if known is None or receipt.at < known.at:
                    kept[receipt.state] = receipt
            self._write_waiting(key, list(kept.values()), PARKED_FOR)

    def adopt(self, key: ProviderKey) -> list[Receipt]:
        """Take out what waits for this id.

        The document is written even when nothing waited: a receipt that another transaction parks at this
        moment then conflicts with ours, looks again, and finds the delivery.
        """
        receipts = self._waiting(key)
        self._write_waiting(key, [], ADOPTED_FOR)
        return receipts

    def pause(self, channel_id: str) -> ChannelPause | None:
        """The channel's pause, ended or not."""
        document = self._db["channel_pauses"].find_one({"_id": channel_id}, session=self._session)
        return pause_of(document) if document else None

    def set_pause(self, channel_id: str, pause: ChannelPause | None) -> None:
        """Replace the channel's pause, or end it."""
        pauses = self._db["channel_pauses"]
        if pause is None:
            pauses.delete_one({"_id": channel_id}, session=self._session)
        else:
            pauses.replace_one({"_id": channel_id}, pause_document(pause), upsert=True, session=self._session)

    def _find(self, query: Document, wanted: Collection[Any]) -> list[Delivery]:
        if not wanted:
            return []
        return [
            delivery_of(document) for document in self._db["deliveries"].find(query, session=self._session)
        ]

    def _waiting(self, key: ProviderKey) -> list[Receipt]:
        document = self._db["receipts_waiting"].find_one({"_id": _waiting_id(key)}, session=self._session)
        return [receipt_of(key, receipt) for receipt in document["receipts"]] if document else []

    def _write_waiting(self, key: ProviderKey, receipts: Sequence[Receipt], keep: timedelta) -> None:
        self._db["receipts_waiting"].replace_one(
            {"_id": _waiting_id(key)},
            {
                "receipts": [receipt_document(receipt) for receipt in receipts],
                "expires_at": utc_now() + keep,
            },
            upsert=True,
            session=self._session,
        )


def _waiting_id(key: ProviderKey) -> str:
    return f"{key.channel_id}|{key.message_id}"


def _by_channel(keys: Collection[ProviderKey]) -> list[tuple[str, list[str]]]:
    ids: dict[str, list[str]] = {}
    for key in keys:
        ids.setdefault(key.channel_id, []).append(key.message_id)
    return list(ids.items())
