"""What the interface reads of templates, and of what the customer wrote last in a conversation."""

from __future__ import annotations

import re
from collections.abc import Collection

from pymongo.database import Database

from services.ticket_service.domain.message import BESIDE_THE_TALK, IN
from services.ticket_service.domain.template import Template
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors


class ChannelQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._templates = db[names.TEMPLATES]
        self._messages = db[names.MESSAGES]

    def templates(
        self, channel: Collection[str], status: Collection[str], part: str, after: str | None, limit: int
    ) -> list[Template]:
        """Templates by channel, name and language; `part` of the name narrows, whatever its capitals.

        Those after the id `after`, one more than `limit` when there are more.
        """
        wanted: Document = {}
        if channel:
            wanted["channel_id"] = {"$in": list(channel)}
        if status:
            wanted["status"] = {"$in": list(status)}
        if part:
            wanted["name"] = {"$regex": re.escape(part), "$options": "i"}
        if after is not None:
            wanted["_id"] = {"$gt": after}
        with database_errors():
            cursor = self._templates.find(wanted).sort("_id", 1).limit(limit + 1)
            return [documents.template(each) for each in cursor.max_time_ms(MAX_MILLISECONDS)]

    def synced(self, channel_id: str) -> bool:
        """Whether the desk knows any template that the channel's provider has."""
        with database_errors():
            return self._templates.find_one({"channel_id": channel_id, "revision": {"$gt": 0}}) is not None

    def latest_from_customer(self, conversation_id: str) -> str | None:
        """The provider's id of what the customer said last; None when nothing was said or none is known."""
        said = {
            "conversation_id": {"$eq": conversation_id},
            "direction": IN,
            "kind": {"$nin": sorted(BESIDE_THE_TALK)},
        }
        order = [("occurred_at", -1), ("number", -1), ("_id", -1)]
        with database_errors():
            found = self._messages.find_one(said, {"provider_message_ids": 1}, sort=order)
        return next(iter(found["provider_message_ids"]), None) if found else None
