"""The collector's memory in MongoDB: a document per folder, and one per mail ever handled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from pymongo import UpdateOne
from pymongo.database import Database

from services.mail_collector.domain.cursor import Cursor
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

REMEMBERED: Final = timedelta(days=400)
"""A mail found again later than this is published again; the desk still knows it by its key."""


class MongoMemory:
    """The collections `cursors` and `handled` of the collector's own database; see the port Memory."""

    def __init__(self, db: Database[Document]) -> None:
        self._cursors = db["cursors"]
        self._handled = db["handled"]

    def prepare(self) -> None:
        """The index that forgets. Unavailable."""
        with database_errors():
            self._handled.create_index("at", expireAfterSeconds=int(REMEMBERED.total_seconds()))

    def cursor(self, channel_id: str, folder: str) -> Cursor | None:
        """How far this folder has been read."""
        with database_errors():
            found = self._cursors.find_one({"_id": _name(channel_id, folder)}, {"_id": 0})
        return Cursor(**found) if found is not None else None

    def keep_cursor(self, channel_id: str, folder: str, cursor: Cursor) -> None:
        """It has been read so far."""
        with database_errors():
            self._cursors.replace_one({"_id": _name(channel_id, folder)}, asdict(cursor), upsert=True)

    def known(self, keys: Collection[str]) -> set[str]:
        """Those of these content keys that were handled already."""
        with database_errors():
            found = self._handled.find({"_id": {"$in": sorted(keys)}}, {"_id": 1})
            return {document["_id"] for document in found}

    def remember(self, keys: Collection[str], now: datetime) -> None:
        """These are handled now; what is found again is remembered for longer."""
        if not keys:
            return
        with database_errors():
            self._handled.bulk_write(
                [UpdateOne({"_id": key}, {"$set": {"at": now}}, upsert=True) for key in sorted(keys)],
                ordered=False,
            )


def _name(channel_id: str, folder: str) -> str:
    """A channel's id has no slash in it."""
    return f"{channel_id}/{folder}"
