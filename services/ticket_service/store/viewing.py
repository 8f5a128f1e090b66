"""Who looks at which ticket: forgotten by itself, and never a change of the ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from services.ticket_service.domain.viewing import GONE_AFTER, Viewer, present
from services.ticket_service.store.collections import VIEWING
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

MOST_VIEWERS: Final = 50


class Viewing:
    """The collection `viewing`. Every method raises Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._viewing = db[VIEWING]

    def seen(self, viewer: Viewer) -> None:
        """Note that somebody is on a ticket's page; `came_at` says since when without a break."""
        there = {"$gt": ["$seen_at", viewer.seen_at - GONE_AFTER]}
        came_at = {"$cond": [there, {"$ifNull": ["$came_at", viewer.seen_at]}, viewer.seen_at]}
        facts: dict[str, Any] = {
            "number": {"$literal": viewer.number},
            "user_id": {"$literal": viewer.user_id},
            "name": {"$literal": viewer.name},
            "typing": viewer.typing,
        }
        with database_errors():
            self._viewing.update_one(
                {"_id": _id(viewer.number, viewer.user_id)},
                [{"$set": {**facts, "came_at": came_at}}, {"$set": {"seen_at": viewer.seen_at}}],
                upsert=True,
            )

    def left(self, number: str, user_id: str) -> None:
        """Note that somebody left the page."""
        with database_errors():
            self._viewing.delete_one({"_id": _id(number, user_id)})

    def of(self, number: str, now: datetime) -> list[Viewer]:
        """Those who are on the ticket's page now."""
        with database_errors():
            found = list(self._viewing.find({"number": {"$eq": number}}).limit(MOST_VIEWERS))
        fields = ("number", "user_id", "name", "typing", "seen_at")
        return present((Viewer(**{name: each[name] for name in fields}) for each in found), now)


def _id(number: str, user_id: str) -> str:
    return f"{number}:{user_id}"
