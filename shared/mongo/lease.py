"""A lease in the database: of several replicas of a process, one is active."""

from __future__ import annotations

from datetime import timedelta

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors
from shared.runtime.clock import utc_now


class Lease:
    """Held by one `holder` for `seconds`, renewed by asking again; taken over when it has run out.

    Holders' clocks must agree better than the lease is long. It keeps work from being done twice most of the
    time; what must never happen twice is guarded by unique keys, not by this.
    """

    def __init__(self, db: Database[Document], name: str, holder: str, seconds: float = 10.0) -> None:
        self._leases = db["leases"]
        self._name = name
        self._holder = holder
        self._seconds = seconds

    def hold(self) -> bool:
        """Take or renew the lease; whether it is ours now. Unavailable when the database is away."""
        now = utc_now()
        mine_or_free = {"_id": self._name, "$or": [{"holder": self._holder}, {"until": {"$lt": now}}]}
        until = now + timedelta(seconds=self._seconds)
        with database_errors():
            try:
                self._leases.update_one(
                    mine_or_free, {"$set": {"holder": self._holder, "until": until}}, upsert=True
                )
            except DuplicateKeyError:
                return False
            return True

    def release(self) -> None:
        """Give it back, so that the next one need not wait."""
        with database_errors():
            self._leases.delete_one({"_id": self._name, "holder": self._holder})
