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
from tests.support.forked import Forks
from tests.support.memory_desk_store import MemoryDeskStore
from tests.support.servers import throwaway_database


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


@pytest.fixture(scope="module")
def _module_desk(mongodb_uri: str) -> Iterator[tuple[MongoDesk, dict[str, list[Document]]]]:
    with throwaway_database(mongodb_uri) as name, connect(mongodb_uri, "test") as client:
        desk = MongoDesk(client, database(client, name))
        _prepare(desk.db)
        yield desk, {name: list(desk.db[name].find()) for name in desk.db.list_collection_names()}


def _prepare(db: Database[Document]) -> None:
    preparing = Preparing(db)
    preparing.indexes()
    assert preparing.settings.statuses("S000")
    preparing.settings.desk("UTC", None)
    assert len(PRESETS["S000"]) == db["statuses"].count_documents({})


@pytest.fixture
def mongo_desk(_module_desk: tuple[MongoDesk, dict[str, list[Document]]]) -> MongoDesk:
    """A desk as if just prepared: its documents are put back, as 70 collections made anew take a second."""
    desk, documents = _module_desk
    found = set(desk.db.list_collection_names())
    if not documents.keys() <= found:
        desk.client.drop_database(desk.db.name)
        _prepare(desk.db)
        return desk
    for name in found:
        if not name.startswith("system."):
            desk.db[name].delete_many({})
    for name, each in documents.items():
        if each:
            desk.db[name].insert_many(each)
    return desk


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


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Processes of the desk that are killed and started again and again."""
    with Forks(*(f"services.ticket_service.{name}" for name in ("worker", "relay", "timers"))) as running:
        yield running
