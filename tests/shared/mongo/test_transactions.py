"""Transactions on a real replica set: all or nothing, conflicts and absences in our own words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.client_session import ClientSession

from deploy.local.private import PrivateMongo
from shared.messaging.message import Unavailable
from shared.mongo.connect import Document, connect, database, database_check, server_problems
from shared.mongo.lease import Lease
from shared.mongo.transactions import WriteConflict, in_transaction
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def client(mongodb_uri: str) -> Iterator[MongoClient[Document]]:
    with connect(mongodb_uri, "test") as client:
        yield client


def test_a_failed_transaction_leaves_nothing(client: MongoClient[Document], database_name: str) -> None:
    db = database(client, database_name)
    db.create_collection("things")

    def work(session: ClientSession) -> None:
        db["things"].insert_one({"_id": 1}, session=session)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        in_transaction(client, work)
    assert db["things"].count_documents({}) == 0


def test_a_duplicate_key_is_a_conflict(client: MongoClient[Document], database_name: str) -> None:
    db = database(client, database_name)
    db["things"].insert_one({"_id": 1})
    with pytest.raises(WriteConflict):
        in_transaction(client, lambda session: db["things"].insert_one({"_id": 1}, session=session))
    with pytest.raises(WriteConflict):
        in_transaction(
            client, lambda session: db["things"].insert_many([{"_id": 2}, {"_id": 1}], session=session)
        )
    assert [thing["_id"] for thing in db["things"].find()] == [1]


def test_two_transactions_on_one_document_end_in_one_conflict(
    client: MongoClient[Document], database_name: str
) -> None:
    db = database(client, database_name)
    db["things"].insert_one({"_id": 1, "n": 0})
    both_inside = threading.Barrier(2, timeout=10)
    outcomes: list[str] = []

    def work(session: ClientSession) -> None:
        db["things"].find_one({"_id": 1}, session=session)
        both_inside.wait()
        db["things"].update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)

    def run() -> None:
        try:
            in_transaction(client, work)
            outcomes.append("done")
        except WriteConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["conflict", "done"]
    assert (db["things"].find_one({"_id": 1}) or {})["n"] == 1


def test_the_test_server_suits_us(client: MongoClient[Document]) -> None:
    assert database_check(client) is None


def test_transactions_that_live_too_long_are_reported(client: MongoClient[Document]) -> None:
    before = client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
    client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=60)
    try:
        assert "transactionLifetimeLimitSeconds is 60" in server_problems(client)[0]
    finally:
        client.admin.command(
            "setParameter", 1, transactionLifetimeLimitSeconds=before["transactionLifetimeLimitSeconds"]
        )


def test_a_weaker_uri_does_not_weaken_the_promises(mongodb_uri: str) -> None:
    separator = "&" if "?" in mongodb_uri else "?"
    with connect(f"{mongodb_uri}{separator}w=1&journal=false&readConcernLevel=local", "test") as client:
        assert client.write_concern.document == {"w": "majority", "j": True}
        assert client.read_concern.level == "majority"


@pytest.mark.fault
def test_a_killed_server_is_unavailable_and_comes_back(private_mongo: PrivateMongo) -> None:
    with connect(private_mongo.uri, "test") as client:
        db = database(client, "faults")

        def insert(session: ClientSession) -> Any:
            return db["things"].insert_one({}, session=session)

        in_transaction(client, insert)
        private_mongo.kill()
        with pytest.raises(Unavailable):
            in_transaction(client, insert)
        private_mongo.start()
        wait_until(lambda: client.admin.command("ping"))
        in_transaction(client, insert)
        assert db["things"].count_documents({}) == 2


def test_a_lease_has_one_holder_until_it_is_released_or_runs_out(
    client: MongoClient[Document], database_name: str
) -> None:
    db = database(client, database_name)
    first, second = (Lease(db, "job", holder, seconds=30) for holder in ("first", "second"))
    assert first.hold()
    assert not second.hold()
    assert first.hold()
    first.release()
    assert second.hold()
    assert not first.hold()
    short = Lease(db, "other", "first", seconds=0.2)
    assert short.hold()
    heir = Lease(db, "other", "second", seconds=30)
    assert not heir.hold()
    wait_until(heir.hold)
