"""What is read and written together: deliveries, parked receipts, pauses, buckets and the outbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ReplaceOne, ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.notifier.domain.delivery import Delivery
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.rate import PairBucket
from services.notifier.domain.receipt import ProviderKey, Receipt
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
from shared.outbox.entry import COLLECTION, outbox_document
from shared.runtime.clock import utc_now

PARKED_FOR: Final = timedelta(days=8)
"""A day longer than Meta repeats a webhook."""
ADOPTED_FOR: Final = timedelta(hours=1)
"""Far longer than any transaction that could still be parking a receipt under an adopted id."""
CLOSED_FOR: Final = timedelta(days=90)


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

    def messages(self, message_ids: Collection[str]) -> dict[str, list[Delivery]]:
        """All deliveries of these messages.

        Transactions that change different parts write different documents. So that they conflict all the
        same, and none announces a message without the other's part, each marks the first part as well.
        """
        found: dict[str, list[Delivery]] = {}
        for delivery in self._find({"message_id": {"$in": list(message_ids)}}, message_ids):
            found.setdefault(delivery.message_id, []).append(delivery)
        several = [message_id for message_id, deliveries in found.items() if len(deliveries) > 1]
        if several:
            self._db["deliveries"].update_many(
                {"message_id": {"$in": several}, "part": 0}, {"$inc": {"read": 1}}, session=self._session
            )
        return found

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

    def close(self, conversation_ids: Collection[str]) -> None:
        """Remember for longer than anything waits in a queue that nothing is sent in these any more."""
        until = {"expires_at": utc_now() + CLOSED_FOR}
        updates = [UpdateOne({"_id": one}, {"$set": until}, upsert=True) for one in conversation_ids]
        if updates:
            self._db["closed_conversations"].bulk_write(updates, ordered=False, session=self._session)

    def closed(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations in which nothing is sent any more."""
        wanted = {"_id": {"$in": list(conversation_ids)}}
        found = self._db["closed_conversations"].find(wanted, {"_id": 1}, session=self._session)
        return {document["_id"] for document in found}

    def telling(self, conversation_ids: Collection[str], limit: int) -> list[Delivery]:
        """Deliveries of these conversations that still say whom they are for."""
        wanted = {"conversation_id": {"$in": list(conversation_ids)}, "recipient.address": {"$ne": ""}}
        found = self._db["deliveries"].find(wanted, session=self._session).limit(limit)
        return [delivery_of(document) for document in found]

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

    def pair(self, channel_id: str, address: str) -> PairBucket | None:
        """What is left of a customer's bucket."""
        key = {"_id": f"{channel_id}|{address}"}
        document = self._db["pair_buckets"].find_one(key, session=self._session)
        return PairBucket(document["left"], document["at"]) if document else None

    def set_pair(self, channel_id: str, address: str, bucket: PairBucket, full_at: datetime) -> None:
        """Keep a customer's bucket until it is full again."""
        key = {"_id": f"{channel_id}|{address}"}
        kept = {"left": bucket.left, "at": bucket.at, "full_at": full_at}
        self._db["pair_buckets"].replace_one(key, kept, upsert=True, session=self._session)

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
