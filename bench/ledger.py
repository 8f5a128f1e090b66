"""What must be in a desk's database after everything that was accepted has been applied, and nothing else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database

from bench.traffic import Webhook
from deploy.local.private import PrivateMongo

_POLL_SECONDS: Final = 0.02
_QUIET_SECONDS: Final = 0.3

Document = dict[str, Any]


class Ledger:
    """The messages a desk promised to keep, and those that it may have, each with its sender."""

    def __init__(self) -> None:
        self._sender_of: dict[str, str] = {}
        self._accepted: set[str] = set()

    def accept(self, webhooks: Iterable[Webhook]) -> None:
        """These were answered with 200, or confirmed by the broker."""
        for webhook in webhooks:
            self._sender_of[webhook.message_id] = webhook.wa_id
            self._accepted.add(webhook.message_id)

    def maybe(self, webhooks: Iterable[Webhook]) -> None:
        """These were sent, and nobody heard the answer: they may be there, once."""
        for webhook in webhooks:
            self._sender_of.setdefault(webhook.message_id, webhook.wa_id)

    @property
    def accepted(self) -> int:
        """How many messages must be there."""
        return len(self._accepted)

    def check(self, db: Database[Document]) -> tuple[int, list[str]]:
        """How many messages there are, and all in which the database differs from what it should hold."""
        messages = list(db["messages"].find({}, {"conversation_id": 1, "ticket_id": 1, "contact_id": 1}))
        found = {message["_id"] for message in messages}
        senders = {self._sender_of[each] for each in found if each in self._sender_of}
        faults = [f"lost: message {each}" for each in sorted(self._accepted - found)]
        faults += [f"unexpected: message {each}" for each in sorted(found - self._sender_of.keys())]
        faults += _numbers_of_things(db, len(senders))
        faults += self._misfiled(messages, db)
        faults += _miscounted(messages, db)
        return len(messages), faults

    def _misfiled(self, messages: list[Document], db: Database[Document]) -> list[str]:
        numbers = {
            contact["_id"]: {each["address"] for each in contact["identities"]}
            for contact in db["contacts"].find({}, {"identities": 1})
        }
        place_of: dict[str, tuple[str, str]] = {}
        faults = []
        for message in messages:
            wa_id = self._sender_of.get(message["_id"], "")
            if wa_id and wa_id not in numbers.get(message["contact_id"], ()):
                faults.append(f"misfiled: message {message['_id']} is with another contact")
            place = (message["conversation_id"], message["ticket_id"])
            if place_of.setdefault(message["contact_id"], place) != place:
                faults.append(f"misfiled: message {message['_id']} is not with the others of its sender")
        return faults


def _numbers_of_things(db: Database[Document], senders: int) -> list[str]:
    """One contact, conversation and ticket for each sender, one event and message."""
    faults = []
    for name in ("contacts", "conversations", "tickets"):
        count = db[name].count_documents({})
        if count != senders:
            word = "doubled" if count > senders else "lost"
            faults.append(f"{word}: {count} {name} for {senders} senders")
    opened = db["history"].count_documents({"what": "opened"})
    counted = sum(counter["n"] for counter in db["counters"].find({}))
    if opened != senders or counted != senders:
        faults.append(
            f"miscounted: {opened} openings in history, {counted} tickets counted, {senders} senders"
        )
    return faults


def _miscounted(messages: list[Document], db: Database[Document]) -> list[str]:
    """A ticket's comments are its messages but the first, and each message has one event in the outbox."""
    of_ticket = Counter(message["ticket_id"] for message in messages)
    faults = [
        f"miscounted: ticket {ticket['number']} counts {ticket['comments_count']} comments"
        for ticket in db["tickets"].find({}, {"number": 1, "comments_count": 1})
        if ticket["comments_count"] + 1 != of_ticket[ticket["_id"]]
    ]
    events = db["outbox"].count_documents({})
    if events != len(messages):
        word = "doubled" if events > len(messages) else "lost"
        faults.append(f"{word}: {events} events in the outbox for {len(messages)} messages")
    return faults


def desk_database(mongo: PrivateMongo, name: str) -> Database[Document]:
    """A desk's database, to look into."""
    client: MongoClient[Document] = MongoClient(mongo.uri, tz_aware=True)
    return client[name]


def wait_for_messages(db: Database[Document], count: int, seconds: float) -> float:
    """Wait until so many messages are committed, at most `seconds`; when that was (time.monotonic)."""
    deadline = time.monotonic() + seconds
    while True:
        # The cheap estimate counts what is not committed yet; only when it suffices is really counted.
        if db["messages"].estimated_document_count() >= count and committed_messages(db) >= count:
            return time.monotonic()
        if time.monotonic() > deadline:
            return time.monotonic()
        time.sleep(_POLL_SECONDS)


def wait_until_quiet(db: Database[Document]) -> int:
    """Wait until nothing more is stored for a moment; how many messages there are then."""
    before = -1
    while (now := committed_messages(db)) != before:
        before = now
        time.sleep(_QUIET_SECONDS)
    return now


def committed_messages(db: Database[Document]) -> int:
    """How many messages there are, not counting those in a transaction under way."""
    return db["messages"].count_documents({})
