"""The key that signs browsers' log-ins where the environment names none: made once, the same for all."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final, overload

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

DOOR_KEYS: Final = "door_keys"


class StoredDoorKey(Sequence[str]):
    """The desk's own key as the only one of a list, read when it is first used. Unavailable then."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db
        self._key: str | None = None

    def __len__(self) -> int:
        return 1

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if self._key is None:
            self._key = door_key(self._db)
        return (self._key,)[index]


def door_key(db: Database[Document]) -> str:
    """The desk's own key. Unavailable when the database is away."""
    made = {"value": secrets.token_urlsafe(32)}
    with database_errors():
        for _ in range(2):
            try:
                found = db[DOOR_KEYS].find_one_and_update(
                    {"_id": "key"}, {"$setOnInsert": made}, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                continue  # another process made it at the same moment; now it is there
            if found is not None:
                return str(found["value"])
    raise RuntimeError("the key of log-ins could be neither made nor read")
