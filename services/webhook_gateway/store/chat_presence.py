"""Who has a chat open, in MongoDB: one document per chat with the processes that say so, one per process."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database

from services.webhook_gateway.chat_ports import Change, Guest
from services.webhook_gateway.domain.chat import chat_key
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

PRESENCE: Final = "chat_presence"
PROCESSES: Final = "chat_processes"
DEAD_AFTER: Final = timedelta(seconds=30)
RETIRED_FOR: Final = timedelta(seconds=15)
"""So long the visitors of a process that ended have to come back elsewhere."""
_AT_ONCE: Final = 500
_THERE: Final = {"$gt": [{"$size": "$here"}, 0]}
_SETTLE: Final[list[Document]] = [
    {"$set": {"there": _THERE}},
    {"$set": {"untold": {"$ne": ["$there", {"$ifNull": ["$told", False]}]}}},
]


class MongoPresence:
    """The collections `chat_presence` and `chat_processes`; see the port Presence."""

    def __init__(self, db: Database[Document]) -> None:
        self._chats, self._processes = db[PRESENCE], db[PROCESSES]
        self._prepared = False

    def mark(self, process: str, came: Collection[Guest], left: Collection[str], now: datetime) -> None:
        """In this process these visitors opened a chat, and these chats have no page here any more."""
        self._prepare()
        changes = [_update(key, _without([process]), now) for key in left]
        changes += [
            _update(chat_key(one.channel_id, one.visitor_id), _with(process), now, one) for one in came
        ]
        with database_errors():
            for start in range(0, len(changes), _AT_ONCE):
                self._chats.bulk_write(changes[start : start + _AT_ONCE], ordered=True)

    def beat(self, process: str, now: datetime) -> bool:
        """This process lives; False when it was thought dead, and what it marked is forgotten."""
        with database_errors():
            done = self._processes.update_one({"_id": process}, {"$set": {"beat_at": now}}, upsert=True)
        return done.matched_count == 1

    def retire(self, process: str, now: datetime) -> None:
        """This process ends: who is not back soon somewhere else has left."""
        with database_errors():
            ended = {"$set": {"beat_at": now - DEAD_AFTER + RETIRED_FOR}}
            self._processes.update_one({"_id": process}, ended)

    def sweep(self, now: datetime) -> None:
        """Forget what processes marked that have shown no sign of life for too long."""
        with database_errors():
            dead = [one["_id"] for one in self._processes.find({"beat_at": {"$lt": now - DEAD_AFTER}})]
            if dead:
                changed = [{"$set": {"here": _without(dead), "since": now}}, *_SETTLE]
                self._chats.update_many({"here": {"$in": dead}}, changed)
                self._processes.delete_many({"_id": {"$in": dead}, "beat_at": {"$lt": now - DEAD_AFTER}})

    def untold(self, limit: int) -> list[Change]:
        """Those of whom the desk does not know how they are now."""
        with database_errors():
            return [_change(one) for one in self._chats.find({"untold": True}).limit(limit)]

    def told(self, changes: Sequence[Change]) -> None:
        """The desk knows of these now; who changed again meanwhile is untold again."""
        if not changes:
            return
        updates = [
            UpdateOne(
                {"_id": chat_key(one.guest.channel_id, one.guest.visitor_id)},
                [{"$set": {"told": one.there}}, *_SETTLE],
            )
            for one in changes
        ]
        with database_errors():
            self._chats.bulk_write(updates, ordered=False)
            self._chats.delete_many({"untold": False, "there": False})

    def _prepare(self) -> None:
        if self._prepared:
            return
        with database_errors():
            self._chats.create_index([("untold", 1), ("there", 1)])
            self._chats.create_index("here")
        self._prepared = True


def _with(process: str) -> Document:
    return {"$setUnion": [{"$ifNull": ["$here", []]}, [process]]}


def _without(processes: Sequence[str]) -> Document:
    return {"$setDifference": [{"$ifNull": ["$here", []]}, list(processes)]}


def _update(key: str, here: Document, now: datetime, guest: Guest | None = None) -> UpdateOne:
    values: dict[str, Any] = {"here": here, "since": now}
    if guest is not None:
        # A literal: names are what people call themselves, and may begin with a dollar.
        values["guest"] = {"$literal": asdict(guest) | {"former": list(guest.former)}}
    return UpdateOne({"_id": key}, [{"$set": values}, *_SETTLE], upsert=guest is not None)


def _change(document: Document) -> Change:
    guest = document["guest"]
    return Change(Guest(**guest | {"former": tuple(guest["former"])}), document["there"], document["since"])
