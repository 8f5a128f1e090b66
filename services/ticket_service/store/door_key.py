"""The key that signs browsers' log-ins where the environment names none: made once, the same for all."""

from __future__ import annotations

import secrets
from typing import Final

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

DOOR_KEYS: Final = "door_keys"


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
