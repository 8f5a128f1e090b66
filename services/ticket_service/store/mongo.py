"""The desk's store on MongoDB: one query per collection to load, one transaction to save."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar

from pymongo import MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.ports import (
    SECTION,
    Changes,
    Conflict,
    Held,
    Record,
    Where,
)
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import Document
from services.ticket_service.store.documents.record import record
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.loading import Loading
from services.ticket_service.store.saving import Writes
from shared.messaging.message import Unavailable
from shared.mongo.transactions import WriteConflict, database_errors, in_transaction

T = TypeVar("T")

COUNTER_SLOTS: Final = 16
"""Counters are spread over as many documents, so that processes seldom wait for each other."""
CACHE_SECONDS: Final = 5.0
BEFORE_COMMIT: Final = "before_commit"
AFTER_COMMIT: Final = "after_commit"


class MongoDeskStore(Loading):
    """DeskStore on MongoDB. `on_point` is called at BEFORE_COMMIT and AFTER_COMMIT (for fault tests)."""

    def __init__(
        self,
        client: MongoClient[Document],
        db: Database[Document],
        *,
        on_point: Callable[[str], None] = lambda point: None,
    ) -> None:
        super().__init__(db)
        self._client = client
        self._on_point = on_point
        self._slot = secrets.randbelow(COUNTER_SLOTS)
        self._cached: dict[str, tuple[float, object]] = {}

    def reserve_numbers(self, series: str, count: int, *, start: int = 1) -> list[int]:
        """The next `count` places of a series."""
        reached = {"$max": [{"$ifNull": ["$value", 0]}, start - 1]}
        with database_errors():
            for _ in range(2):
                try:
                    found = self._db[names.SEQUENCES].find_one_and_update(
                        {"_id": series},
                        [{"$set": {"value": {"$add": [reached, count]}}}],
                        upsert=True,
                        return_document=ReturnDocument.AFTER,
                    )
                except DuplicateKeyError:
                    continue  # two processes made the sequence at the same moment; now it is there
                last: int = found["value"] if found else 0
                return list(range(last - count + 1, last + 1))
        raise Conflict("the sequence of ticket numbers could not be made")

    def workflow(self) -> Workflow:
        """The desk's statuses, at most CACHE_SECONDS old."""
        statuses = self.all(Status)
        if not statuses:
            raise Unavailable("the desk has no statuses yet: run services.ticket_service.prepare")
        return Workflow(statuses)

    def desk(self) -> DeskSettings:
        """The desk's settings, at most CACHE_SECONDS old."""
        found = self.setting(DeskSettings)
        if not found.version:
            raise Unavailable("the desk has no settings yet: run services.ticket_service.prepare")
        return found

    def record(self, kind: type[T], record_id: str) -> T | None:
        """The record of this kind with this id."""
        how = kind_of(kind)
        with database_errors():
            found = self._db[how.collection].find_one({"_id": {"$eq": record_id}})
        return record(kind, how.id_field, found) if found else None

    def records(self, kind: type[T], where: Where) -> list[T]:
        """The records of this kind that are so, by id."""
        how = kind_of(kind)
        wanted = {
            path: {"$in": value} if isinstance(value, list) else {"$eq": value}
            for path, value in where.items()
        }
        with database_errors():
            found = self._db[how.collection].find(wanted).sort("_id", 1).max_time_ms(MAX_MILLISECONDS)
            return [record(kind, how.id_field, each) for each in found]

    def all(self, kind: type[T]) -> tuple[T, ...]:
        """All records of a cached kind, by id, at most CACHE_SECONDS old."""
        return self._cache(kind_of(kind).collection, lambda: tuple(self.records(kind, {})))

    def setting(self, kind: type[T]) -> T:
        """The one record of a section of settings, at most CACHE_SECONDS old."""
        return self._cache(kind_of(kind).collection, lambda: self.record(kind, SECTION) or kind())

    def is_audited(self, record: Record) -> bool:
        """Whether changes of such records are written into the audit log."""
        return kind_of(type(record)).audited

    def stored(self, record: T) -> T | None:
        """The record of the same kind and id as it is stored this moment."""
        kind = type(record)
        return self.record(kind, getattr(record, kind_of(kind).id_field))

    def save(self, changes: Changes) -> None:
        """Everything in one transaction, or Conflict and nothing."""
        writes = Writes(changes, self._slot)

        def work(session: ClientSession) -> None:
            writes.run(self._db, session)
            self._on_point(BEFORE_COMMIT)

        try:
            in_transaction(self._client, work)
        except WriteConflict as error:
            kind = Held if _is_transient(error.__cause__) else Conflict
            raise kind(str(error)) from error
        for each in [*changes.records, *changes.removed_records]:
            self._cached.pop(kind_of(type(each)).collection, None)
        self._on_point(AFTER_COMMIT)

    def _cache(self, name: str, load: Callable[[], T]) -> T:
        loaded_at, value = self._cached.get(name, (0.0, None))
        now = time.monotonic()
        if value is None or now - loaded_at > CACHE_SECONDS:
            value = load()
            self._cached[name] = (now, value)
        return value  # type: ignore[return-value]


def _is_transient(error: BaseException | None) -> bool:
    """Whether a transaction failed only because another one has its documents now."""
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")
