"""The ledger must see whatever can go wrong, or "0 lost, 0 doubled" says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from bench.baseline.consumer import Desk
from bench.ledger import Ledger
from bench.traffic import Traffic, Webhook
from services.ticket_service.store.collections import create_indexes
from services.webhook_gateway.announce import announce
from shared.contracts.catalogue import decode
from shared.contracts.envelope import new_traceparent
from shared.mongo.connect import connect, database
from tests.bench.test_baseline import CHANNEL

pytestmark = pytest.mark.integration

Db = Database[dict[str, Any]]


@pytest.fixture
def desk(mongodb_uri: str, database_name: str) -> Iterator[tuple[Db, list[Webhook]]]:
    """A desk's database in which everything is right, and the webhooks that filled it."""
    with connect(mongodb_uri, "test") as mongo:
        db = database(mongo, database_name)
        create_indexes(db)
        consumer = Desk(mongo, database_name)
        webhooks = Traffic(8).take(30, 1_764_000_000.0)
        now = datetime.now(UTC)
        for webhook in webhooks:
            items = CHANNEL.normalise(webhook.body, "", now, None)
            for message in announce(CHANNEL.kind, items, now, new_traceparent()):
                consumer.apply(decode(message.body))
        yield db, webhooks


def _faults(db: Db, accepted: list[Webhook]) -> list[str]:
    ledger = Ledger()
    ledger.accept(accepted)
    return ledger.check(db)[1]


def _lose_a_message(db: Db) -> None:
    db["messages"].delete_one({})


def _double_a_ticket(db: Db) -> None:
    ticket = db["tickets"].find_one({}) or {}
    db["tickets"].insert_one(ticket | {"_id": "another", "number": "TT9999"})


def _move_a_message(db: Db) -> None:
    one, other = db["contacts"].find({}).limit(2)
    db["messages"].update_one({"contact_id": one["_id"]}, {"$set": {"contact_id": other["_id"]}})


def _miscount_comments(db: Db) -> None:
    db["tickets"].update_one({}, {"$inc": {"comments_count": 1}})


def _miscount_tickets(db: Db) -> None:
    db["counters"].update_one({}, {"$inc": {"n": -1}})


def _double_an_event(db: Db) -> None:
    event = db["outbox"].find_one({}) or {}
    db["outbox"].insert_one(event | {"_id": "another"})


def test_an_exact_database_has_no_faults(desk: tuple[Db, list[Webhook]]) -> None:
    db, webhooks = desk
    assert _faults(db, webhooks) == []


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (_lose_a_message, "lost: message"),
        (_double_a_ticket, "doubled: "),
        (_move_a_message, "misfiled: "),
        (_miscount_comments, "miscounted: ticket"),
        (_miscount_tickets, "miscounted: "),
        (_double_an_event, "doubled: "),
    ],
)
def test_whatever_goes_wrong_is_found(
    desk: tuple[Db, list[Webhook]], damage: Callable[[Db], None], word: str
) -> None:
    db, webhooks = desk
    damage(db)
    assert any(fault.startswith(word) for fault in _faults(db, webhooks))


def test_what_was_never_accepted_must_not_be_there(desk: tuple[Db, list[Webhook]]) -> None:
    db, webhooks = desk
    kept = [webhook for webhook in webhooks if webhook.message_id != webhooks[0].message_id]
    assert f"unexpected: message {webhooks[0].message_id}" in _faults(db, kept)


def test_what_may_have_been_accepted_may_be_there_or_not(desk: tuple[Db, list[Webhook]]) -> None:
    db, webhooks = desk
    ledger = Ledger()
    ledger.accept(webhooks[1:])
    ledger.maybe(webhooks[:1])
    ledger.maybe(Traffic(9).take(5, 0.0))
    assert ledger.check(db)[1] == []
