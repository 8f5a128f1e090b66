"""Which customers are writing at this moment: told to open pages as it happens, and forgotten by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pymongo import UpdateOne
from pymongo.database import Database

from services.ticket_service.store.collections import TYPING
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors


class Typing:
    """The collection `typing`: a conversation's id, and when its customer was last seen writing."""

    def __init__(self, db: Database[Document]) -> None:
        self._typing = db[TYPING]

    def typed(self, conversation_ids: Collection[str], at: datetime) -> None:
        """Note that these customers write. Unavailable."""
        noted = [
            UpdateOne({"_id": each}, {"$set": {"at": at}}, upsert=True)
            for each in sorted(set(conversation_ids))
        ]
        if noted:
            with database_errors():
                self._typing.bulk_write(noted, ordered=False)
