"""The worker, its broker, its database killed: each message is applied once, in order, and none is lost."""

from __future__ import annotations

import json
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pika
import pytest
from pymongo import MongoClient
from pymongo.database import Database

from deploy.local.ports import free_port
from deploy.local.private import PrivateMongo, PrivateRabbitMQ
from services.ticket_service.domain.quarantine import REPLAYED, QuarantineDecision
from services.ticket_service.ports import Changes
from services.ticket_service.store.mongo import MongoDeskStore
from shared.contracts import ticket_fact
from shared.contracts.catalogue import decode
from shared.messaging.handling import MAX_ATTEMPTS
from shared.messaging.message import Outgoing
from shared.mongo.connect import Document, connect, database
from tests.support.forked import Forks
from tests.support.waiting import wait_until
from tests.ticket_service.building import NOW, changed, message, outgoing
from tests.ticket_service.processes import (
    Ledger,
    Processes,
    assert_exact,
    desk_processes,
    stored_all,
    waiting_messages,
)

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

DRAIN_SECONDS = 60


@pytest.fixture
def processes(
    forks: Forks, amqp_vhost_url: str, mongodb_uri: str, database_name: str, tmp_path: Path
) -> Iterator[Processes]:
    with desk_processes(forks, amqp_vhost_url, mongodb_uri, database_name, tmp_path) as found:
        yield found


@pytest.fixture
def client(mongodb_uri: str) -> Iterator[MongoClient[Document]]:
    with connect(mongodb_uri, "test") as found:
        yield found


@pytest.fixture
def db(client: MongoClient[Document], database_name: str) -> Database[Document]:
    return database(client, database_name)


@pytest.fixture
def ledger(amqp_vhost_url: str) -> Iterator[Ledger]:
    found = Ledger(amqp_vhost_url)
    wait_until(found.ready, 30)
    yield found
    found.close()


def more_than(db: Database[Document], before: int) -> bool:
    return db["messages"].count_documents({}) > before


def assert_all_answered(processes: Processes, amqp_url: str) -> None:
    """Ended in order, the worker leaves nothing unacknowledged that would wait in its queue again."""
    # What a killed worker had committed and not answered comes once more, after all is stored.
    wait_until(lambda: waiting_messages(amqp_url) == 0, DRAIN_SECONDS)
    processes.stop()
    assert waiting_messages(amqp_url) == 0


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_killed_at_the_commit_again_and_again_it_applies_each_message_once(
    processes: Processes, db: Database[Document], ledger: Ledger, amqp_vhost_url: str, point: str
) -> None:
    for nth in (1, 2):
        ledger.send(40)
        worker = processes.start(SPORTELLO_CRASH_AT=f"{point}:{nth}")
        assert worker.wait(60) == -signal.SIGKILL
    processes.start()
    ledger.send(40)
    wait_until(stored_all(db, ledger.confirmed), DRAIN_SECONDS)
    assert_all_answered(processes, amqp_vhost_url)
    assert_exact(db, ledger.confirmed)


def test_a_message_that_kills_the_worker_each_time_is_put_aside_and_those_behind_it_are_applied(
    processes: Processes, db: Database[Document], amqp_vhost_url: str
) -> None:
    ledger = Ledger(amqp_vhost_url, customers=1)
    wait_until(ledger.ready, 30)
    ledger.send(30, twice=0)
    ledger.close()
    for _ in range(MAX_ATTEMPTS + 1):
        assert processes.start(SPORTELLO_CRASH_AT="before_commit").wait(60) == -signal.SIGKILL
    processes.start()
    wait_until(stored_all(db, ledger.confirmed[1:]), DRAIN_SECONDS)
    assert_all_answered(processes, amqp_vhost_url)
    killer, *behind = ledger.confirmed
    assert {each["_id"] for each in db["messages"].find()} == {event.data.dedupe_key for event in behind}
    (item,) = db["quarantine"].find()
    assert item["reason"] == "crashed-the-worker"
    assert decode(item["replay"]["body"]).data == killer.data


def test_two_workers_of_which_one_is_killed_at_any_moment_lose_and_double_nothing(
    processes: Processes, db: Database[Document], ledger: Ledger, amqp_vhost_url: str
) -> None:
    processes.start()
    for _ in range(3):
        before = db["messages"].count_documents({})
        sender = threading.Thread(target=lambda: ledger.send(50))
        sender.start()
        victim = processes.start()
        wait_until(partial(more_than, db, before), DRAIN_SECONDS)
        victim.kill()
        victim.wait()
        first = processes.children[0]
        first.kill()
        first.wait()
        processes.children[0] = processes.start()
        sender.join(60)
    wait_until(stored_all(db, ledger.confirmed), DRAIN_SECONDS)
    assert_all_answered(processes, amqp_vhost_url)
    assert_exact(db, ledger.confirmed)


def test_it_goes_on_by_itself_when_its_broker_was_killed_under_load(
    forks: Forks, private_rabbitmq: PrivateRabbitMQ, mongodb_uri: str, database_name: str, tmp_path: Path
) -> None:
    with (
        desk_processes(forks, private_rabbitmq.url, mongodb_uri, database_name, tmp_path) as processes,
        connect(mongodb_uri, "test") as client,
    ):
        db, ledger = database(client, database_name), Ledger(private_rabbitmq.url)
        worker = processes.start()
        sender = threading.Thread(target=lambda: ledger.send(800, patience=120))
        wait_until(ledger.ready, 30)
        sender.start()
        wait_until(lambda: more_than(db, 50), DRAIN_SECONDS)
        private_rabbitmq.kill()
        private_rabbitmq.start()
        sender.join(150)
        wait_until(stored_all(db, ledger.confirmed), DRAIN_SECONDS)
        worker_lives = worker.poll() is None
        assert_all_answered(processes, private_rabbitmq.url)
        ledger.close()
        assert worker_lives
        assert "consumer lost the broker" in processes.said()
        assert_exact(db, ledger.confirmed)


def test_it_waits_while_its_database_is_down_and_puts_nothing_aside(
    forks: Forks, private_mongo: PrivateMongo, amqp_vhost_url: str, ledger: Ledger, tmp_path: Path
) -> None:
    with desk_processes(forks, amqp_vhost_url, private_mongo.uri, "desk_down", tmp_path) as processes:
        worker = processes.start()
        with connect(private_mongo.uri, "test") as client:
            db = database(client, "desk_down")
            ledger.send(100)
            wait_until(stored_all(db, ledger.confirmed), DRAIN_SECONDS)
            for seconds_down in ("some", "none"):
                sender = threading.Thread(target=lambda: ledger.send(300))
                sender.start()
                private_mongo.kill()
                if seconds_down == "some":
                    wait_until(lambda: "waiting for what is away" in processes.said(), DRAIN_SECONDS)
                private_mongo.start()
                sender.join(60)
                wait_until(stored_all(db, ledger.confirmed), DRAIN_SECONDS)
            assert worker.poll() is None
            assert_all_answered(processes, amqp_vhost_url)
            assert_exact(db, ledger.confirmed)


def test_poison_is_parked_among_its_neighbours_and_can_be_replayed_through_the_relay(
    processes: Processes, client: MongoClient[Document], db: Database[Document], ledger: Ledger
) -> None:
    processes.start()
    processes.start("relay")
    early = outgoing(changed("whatsapp_cloud:109:late", "read"))
    ledger.put(
        outgoing(message("before")),
        Outgoing("sportello.inbound", "inbound.0", b"no event"),
        outgoing(message("after")),
        early,
    )
    wait_until(lambda: db["quarantine"].count_documents({}) == 2, DRAIN_SECONDS)
    wait_until(lambda: db["messages"].count_documents({}) == 2, DRAIN_SECONDS)
    reasons = {each["reason"]: each for each in db["quarantine"].find()}
    assert set(reasons) == {"malformed-event", "unknown-send"}
    assert bytes(reasons["malformed-event"]["replay"]["body"]) == b"no event"
    ledger.put(outgoing(message("late")))
    wait_until(lambda: db["messages"].count_documents({}) == 3, DRAIN_SECONDS)
    store = MongoDeskStore(client, db)
    for item in reasons.values():
        replay = item["replay"]
        again = Outgoing(replay["exchange"], replay["routing_key"], bytes(replay["body"]))
        decision = QuarantineDecision(item["_id"], REPLAYED, NOW, "u1")
        store.save(Changes(outgoing=[again], quarantine_decisions=[decision]))

    def is_read() -> bool:
        return bool(db["messages"].find_one({"_id": "whatsapp_cloud:109:late", "delivery.state": "read"}))

    wait_until(is_read, DRAIN_SECONDS)
    wait_until(
        lambda: db["quarantine"].count_documents({"reason": "malformed-event", "state": "held"}) == 1,
        DRAIN_SECONDS,
    )
    assert db["quarantine"].count_documents({"reason": "unknown-send", "state": REPLAYED}) == 1


def test_the_relay_publishes_every_fact_in_the_order_it_happened(
    processes: Processes, db: Database[Document], ledger: Ledger, amqp_vhost_url: str
) -> None:
    ledger.send(60)
    processes.start()
    wait_until(stored_all(db, ledger.confirmed), DRAIN_SECONDS)
    relay = processes.start("relay")
    wait_until(lambda: db["outbox"].count_documents({}) == 0, DRAIN_SECONDS)
    relay.terminate()
    assert relay.wait(20) == 0
    connection = pika.BlockingConnection(pika.URLParameters(amqp_vhost_url))
    taken = connection.channel().consume("notifier.notifications", auto_ack=True, inactivity_timeout=10)
    facts = [decode(next(taken)[2]) for _ in ledger.confirmed]
    connection.close()
    assert sorted(event.causationid or "" for event in facts) == sorted(e.id for e in ledger.confirmed)
    for number in {fact.data.ticket_number for fact in facts}:
        mine = [fact for fact in facts if fact.data.ticket_number == number]
        assert mine[0].type == ticket_fact.OPENED
        assert [int(fact.data.text) for fact in mine] == sorted(int(fact.data.text) for fact in mine)


def test_it_says_when_it_is_ready_and_ends_in_order_when_asked(processes: Processes) -> None:
    port = free_port()
    worker = processes.start(PROBE_PORT=str(port))
    address = f"http://127.0.0.1:{port}/readyz"

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bool(json.load(answer)["checks"] == {"broker": "ok", "database": "ok"})
        except OSError:
            return False

    wait_until(is_ready, 30)
    began = time.monotonic()
    worker.terminate()
    assert worker.wait(20) == 0
    assert time.monotonic() - began < 10


def test_it_does_not_start_with_wrong_settings(processes: Processes) -> None:
    worker = processes.start(AMQP_URL="nonsense", SPORTELLO_CRASH_AT="before_commit", SPORTELLO_TESTING="0")
    assert worker.wait(30) == 2
    for name in ("AMQP_URL", "SPORTELLO_CRASH_AT"):
        assert name in processes.said()
