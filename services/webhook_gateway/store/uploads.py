"""Files that visitors sent, in MongoDB: one document per file, which says whether a message named it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from pymongo import ASCENDING
from pymongo.database import Database

from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

UPLOADS: Final = "chat_uploads"
REMEMBERED: Final = timedelta(days=2)
"""So long it is known what became of a file; longer than anybody can name it."""
_WAITING: Final = "waiting"
_NAMED: Final = "named"
_GOING: Final = "going"
_GONE: Final = "gone"


class MongoUploads:
    """The collection `chat_uploads`; see the port Uploads. Who changes `state` first decides about a file."""

    def __init__(self, db: Database[Document]) -> None:
        self._uploads = db[UPLOADS]
        self._prepared = False

    def begin(self, blob_id: str, at: datetime) -> None:
        """Remember a file; called before it is stored."""
        self._prepare()
        with database_errors():
            self._uploads.insert_one({"_id": blob_id, "state": _WAITING, "at": at})

    def name(self, blob_ids: Collection[str], at: datetime) -> set[str]:
        """A message names these; those that are gone. One nobody knows was stored by an older gateway."""
        some = {"_id": {"$in": sorted(blob_ids)}}
        with database_errors():
            self._uploads.update_many(
                {**some, "state": _WAITING}, {"$set": {"state": _NAMED, "ended_at": at}}
            )
            found = self._uploads.find({**some, "state": {"$in": [_GOING, _GONE]}}, {"_id": 1})
            return {one["_id"] for one in found}

    def claim(self, before: datetime, limit: int) -> list[str]:
        """Files from before this time that no message named, the oldest first."""
        self._prepare()
        old = {"state": {"$in": [_WAITING, _GOING]}, "at": {"$lt": before}}
        with database_errors():
            found = self._uploads.find(old, {"_id": 1}).sort("at", ASCENDING).limit(limit)
            some = {"_id": {"$in": [one["_id"] for one in found]}}
            self._uploads.update_many({**some, "state": _WAITING}, {"$set": {"state": _GOING}})
            claimed = self._uploads.find({**some, "state": _GOING}, {"_id": 1}).sort("at", ASCENDING)
            return [one["_id"] for one in claimed]

    def removed(self, blob_ids: Collection[str], at: datetime) -> None:
        """These claimed ones are not stored any more."""
        with database_errors():
            self._uploads.update_many(
                {"_id": {"$in": sorted(blob_ids)}, "state": _GOING},
                {"$set": {"state": _GONE, "ended_at": at}},
            )

    def _prepare(self) -> None:
        if self._prepared:
            return
        with database_errors():
            self._uploads.create_index([("state", ASCENDING), ("at", ASCENDING)])
            self._uploads.create_index("ended_at", expireAfterSeconds=int(REMEMBERED.total_seconds()))
        self._prepared = True
