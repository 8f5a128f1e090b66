"""Fixtures of the desk's tests: a store of each kind, prepared."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.ports import DeskStore
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.preparing import Preparing
from shared.mongo.connect import Document, connect, database
from tests.support.memory_desk_store import MemoryDeskStore


@dataclass(frozen=True)
class MongoDesk:
    """A prepared database; `store()` is another process's view of it."""

    client: MongoClient[Document]
    db: Database[Document]

    def store(self) -> MongoDeskStore:
        """A store of its own."""
        return MongoDeskStore(self.client, self.db)

    def counted(self) -> dict[str, int]:
        """How many documents each collection has."""
        return {name: self.db[name].count_documents({}) for name in sorted(self.db.list_collection_names())}


@pytest.fixture
def mongo_desk(mongodb_uri: str, database_name: str) -> Iterator[MongoDesk]:
    """A prepared desk in a database of this test alone."""
    client = connect(mongodb_uri, "test")
    with client:
        db = database(client, database_name)
        preparing = Preparing(db)
        preparing.indexes()
        assert preparing.settings.statuses("S000")
        preparing.settings.desk("UTC", None)
        assert len(PRESETS["S000"]) == db["statuses"].count_documents({})
        yield MongoDesk(client, db)


@dataclass
class Stored:
    """A store, and a look at what is in it."""

    store: DeskStore
    look: Callable[[str], list[Document]]

    def counts(self) -> dict[str, int]:
        """How many documents there are of each kind."""
        names = ("contacts", "conversations", "tickets", "messages", "history", "outbox", "idempotency")
        return {name: len(self.look(name)) for name in names}


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def stored(request: pytest.FixtureRequest) -> Stored:
    if request.param == "memory":
        memory = MemoryDeskStore()
        return Stored(memory, lambda name: list(copy.deepcopy(memory.collections)[name].values()))
    desk: MongoDesk = request.getfixturevalue("mongo_desk")
    return Stored(desk.store(), lambda name: list(desk.db[name].find().sort("_id", 1)))
