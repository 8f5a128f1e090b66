"""Live chats with a message that is on no ticket, as the job that opens tickets looks for them."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.database import Database

from services.ticket_service.store import collections as names
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.ticket_indexes import EPOCH
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors


class MongoWaitingChats:
    """WaitingChats on MongoDB; it goes through the index of those that wait."""

    def __init__(self, db: Database[Document]) -> None:
        self._conversations = db[names.CONVERSATIONS]

    def waiting(self, channel_ids: Sequence[str], limit: int) -> Sequence[tuple[str, str]]:
        """Those that wait for longest first. Unavailable."""
        wanted = {
            "waiting_since": {"$gt": EPOCH},
            "missed_at": None,
            "merged_into": None,
            "channel_id": {"$in": list(channel_ids)},
        }
        with database_errors():
            found = self._conversations.find(wanted, {"channel_id": 1}).sort("waiting_since", 1).limit(limit)
            return [(each["_id"], each["channel_id"]) for each in found.max_time_ms(MAX_MILLISECONDS)]
