"""The deliveries in MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pymongo import ASCENDING, MongoClient, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.notifier.domain.delivery import Delivery
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.rate import RateLimit, Turn
from services.notifier.ports import T
from services.notifier.store.adapting import adapt
from services.notifier.store.documents import Document, delivery_of, pause_of
from services.notifier.store.repeat import until_decided
from services.notifier.store.transaction import MongoDeliveryTransaction
from shared.mongo.transactions import database_errors
from shared.outbox.entry import COLLECTION

COLLECTIONS: Final = ("channel_pauses", "channel_turns", "counters", "pair_buckets", COLLECTION)
"""A transaction cannot always create a collection it is the first to write to."""


class MongoDeliveryStore:
    """Deliveries, waiting receipts, channel pauses and the outbox of one database."""

    def __init__(self, client: MongoClient[Document], db: Database[Document]) -> None:
        self._client = client
        self._db = db

    def prepare(self) -> None:
        """Adapt what an earlier version stored, create the indexes (again and again without harm)."""
        with database_errors():
            adapt(self._db)
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
            deliveries.create_index("message_id", name="by_message")
            deliveries.create_index("conversation_id", name="by_conversation")
            self._db["closed_conversations"].create_index("expires_at", name="expiry", expireAfterSeconds=0)
            self._db["receipts_waiting"].create_index("expires_at", name="expiry", expireAfterSeconds=0)
            self._db["pair_buckets"].create_index("full_at", name="expiry", expireAfterSeconds=60)
            existing = self._db.list_collection_names()
            for name in COLLECTIONS:
                if name not in existing:
                    self._db.create_collection(name)

    def transact(self, work: Callable[[MongoDeliveryTransaction], T]) -> T:
        """Run `work` in one transaction, again when others wrote the same documents meanwhile."""
        return until_decided(self._client, lambda session: work(MongoDeliveryTransaction(self._db, session)))

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

    def take_turn(self, channel_id: str, limit: RateLimit, wanted: int) -> Turn:
        """How many of `wanted` may leave now, by the server's clock; `domain.rate.grant` as one update."""
        while True:
            try:
                with database_errors():
                    turn: Any = self._db["channel_turns"].find_one_and_update(
                        {"_id": channel_id},
                        _granting(limit, wanted),
                        upsert=True,
                        return_document=ReturnDocument.AFTER,
                    )
            except DuplicateKeyError:
                continue  # another process was the first one ever
            granted = int(turn["granted"])
            if granted:
                return Turn(granted)
            return Turn(0, (turn["grants"][0]["at"] - turn["now"]).total_seconds() + limit.seconds)


def _granting(limit: RateLimit, wanted: int) -> list[Document]:
    since = {"$subtract": ["$$NOW", limit.seconds * 1_000]}
    counting = {"$filter": {"input": {"$ifNull": ["$grants", []]}, "cond": {"$gt": ["$$this.at", since]}}}
    left = {"$subtract": [limit.amount, {"$sum": "$grants.amount"}]}
    grant = {"$cond": [{"$gt": ["$granted", 0]}, [{"at": "$$NOW", "amount": "$granted"}], []]}
    return [
        {"$set": {"now": "$$NOW", "grants": counting}},
        {"$set": {"granted": {"$max": [0, {"$min": [wanted, left]}]}}},
        {"$set": {"grants": {"$concatArrays": ["$grants", grant]}}},
    ]
