"""Second factors at the moment of a log-in: each code counts once, whoever sends it at the same time."""

from __future__ import annotations

from pymongo.database import Database

from services.ticket_service.domain.second_factor import SecondFactor
from services.ticket_service.store.documents.record import record
from services.ticket_service.store.kinds import kind_of
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors


class SecondFactors:
    """Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._factors = db[kind_of(SecondFactor).collection]

    def of_user(self, user_id: str) -> SecondFactor | None:
        """The user's, as stored this moment, confirmed or not."""
        with database_errors():
            found = self._factors.find_one({"_id": {"$eq": user_id}})
        return record(SecondFactor, "id", found) if found else None

    def use_step(self, user_id: str, step: int) -> bool:
        """Use up the codes up to this interval; whether they were not used before."""
        fresh = {"_id": user_id, "last_step": {"$lt": step}}
        with database_errors():
            # The version goes up as well: who changes the factor meanwhile must not bring the old step back.
            change = {"$set": {"last_step": step}, "$inc": {"version": 1}}
            return self._factors.update_one(fresh, change).matched_count == 1

    def use_recovery(self, user_id: str, digest: str) -> bool:
        """Use up a recovery code; whether there was one with this digest."""
        known = {"_id": user_id, "recovery": digest}
        with database_errors():
            change = {"$pull": {"recovery": digest}, "$inc": {"version": 1}}
            return self._factors.update_one(known, change).matched_count == 1
