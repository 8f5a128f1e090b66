"""Live chats with a message that is on no ticket, as the job that opens tickets looks for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pymongo.database import Database

from services.ticket_service.store import collections as names
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.ticket_indexes import EPOCH
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_LEFT: Final[Document] = {
    "left_at": {"$gt": EPOCH},
    # A time that is not set is before every other.
    "$expr": {
        "$and": [{"$gte": ["$left_at", "$waiting_since"]}, {"$gte": ["$left_at", "$present_at"]}],
    },
}
"""Their visitor went away after writing, and did not come back."""


class MongoWaitingChats:
    """WaitingChats on MongoDB; it goes through the index of those that wait."""

    def __init__(self, db: Database[Document]) -> None:
        self._conversations = db[names.CONVERSATIONS]

    def missed(self, channel_id: str, before: datetime, limit: int) -> Sequence[str]:
        """Those that wait for longest first. Unavailable."""
        wanted = {
            "waiting_since": {"$gt": EPOCH},
            "missed_at": None,
            "merged_into": None,
            "channel_id": channel_id,
            "$or": [{"waiting_since": {"$lte": before}}, _LEFT],
        }
        with database_errors():
            found = self._conversations.find(wanted, {"_id": 1}).sort("waiting_since", 1).limit(limit)
            return [each["_id"] for each in found.max_time_ms(MAX_MILLISECONDS)]
