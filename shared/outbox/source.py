"""The outbox collection as the relay reads it: in order, woken by the database when something is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pymongo.database import Database

from shared.mongo.connect import Document
from shared.mongo.lease import Lease
from shared.mongo.transactions import database_errors
from shared.outbox.entry import COLLECTION
from shared.runtime.clock import utc_now

BATCH: Final = 500
_INSERTS: Final[list[Document]] = [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]


class MongoOutbox:
    """One service's outbox; `holder` names this process in the lease that keeps a single relay active."""

    def __init__(self, db: Database[Document], holder: str) -> None:
        self._outbox = db[COLLECTION]
        self._lease = Lease(db, "outbox-relay", holder)

    def active(self) -> bool:
        """Whether this process is the one that relays now."""
        return self._lease.hold()

    def oldest(self) -> list[Document]:
        """The next entries, in the order of their ids."""
        with database_errors():
            return list(self._outbox.find().sort("_id", 1).limit(BATCH))

    def remove(self, ids: Sequence[Any]) -> None:
        """Forget entries that the broker has confirmed."""
        with database_errors():
            self._outbox.delete_many({"_id": {"$in": list(ids)}})

    def wait_for_more(self, seconds: float) -> None:
        """Return when an entry is inserted, or after `seconds`; costs nothing while nothing happens."""
        with (
            database_errors(),
            self._outbox.watch(_INSERTS, max_await_time_ms=int(seconds * 1000)) as stream,
        ):
            if not self._outbox.find_one({}, {"_id": 1}):
                stream.try_next()

    def backlog(self) -> tuple[int, float]:
        """How many entries wait, and the age of the oldest in seconds (counted up to 100,000)."""
        with database_errors():
            count = self._outbox.count_documents({}, limit=100_000)
            oldest = self._outbox.find_one(sort=[("_id", 1)], projection={"at": 1}) if count else None
        return count, (utc_now() - oldest["at"]).total_seconds() if oldest else 0.0

    def release(self) -> None:
        """Let another relay take over at once."""
        self._lease.release()
