"""Writes one decision's changes inside a transaction, with as few commands as there are collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.ticket_service.domain.quarantine import HELD, QuarantineItem
from services.ticket_service.ports import Changes, Conflict, DeliveryReport
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.documents import Document
from shared.contracts.delivery_state import RANK
from shared.outbox.entry import COLLECTION as OUTBOX
from shared.outbox.entry import outbox_document, outgoing_document

_STATES: Final = sorted(RANK, key=RANK.__getitem__)


class Writes:
    """The changes as commands, made before the transaction starts so that it stays short."""

    def __init__(self, changes: Changes, slot: int) -> None:
        """ValueError when an event breaks its contract."""
        self.inserts: dict[str, list[Document]] = {}
        self.updates: dict[str, list[UpdateOne]] = {}
        self.upserts: dict[str, list[UpdateOne]] = {}
        self._versioned(names.CONTACTS, changes.contacts, documents.contact_document)
        self._versioned(names.CONVERSATIONS, changes.conversations, documents.conversation_document)
        self._versioned(names.TICKETS, changes.tickets, documents.ticket_document)
        self._insert(names.MESSAGES, [documents.message_document(message) for message in changes.messages])
        self._insert(names.HISTORY, [documents.history_document(entry) for entry in changes.history])
        self._insert(OUTBOX, _outbox(changes))
        if changes.idempotency is not None:
            self._insert(names.IDEMPOTENCY, [documents.idempotency_document(changes.idempotency)])
        self._update(names.MESSAGES, [_delivery(report) for report in changes.deliveries])
        self._update(names.QUARANTINE, [_decision(each) for each in changes.quarantine_decisions])
        self._upsert(names.QUARANTINE, [_quarantine(item) for item in changes.quarantine])
        self._upsert(names.COUNTERS, list(_counts(changes.counters, slot)))

    def run(self, db: Database[Document], session: ClientSession) -> None:
        """Write everything. Conflict when a document is not as it was loaded."""
        for name, inserts in self.inserts.items():
            db[name].insert_many(inserts, ordered=False, session=session)
        for name, updates in self.updates.items():
            answer = db[name].bulk_write(updates, ordered=False, session=session)
            if answer.matched_count != len(updates):
                raise Conflict(f"{name}: changed or gone since it was loaded")
        for name, upserts in self.upserts.items():
            db[name].bulk_write(upserts, ordered=False, session=session)

    def _insert(self, name: str, new: list[Document]) -> None:
        if new:
            self.inserts[name] = new

    def _update(self, name: str, changed: list[UpdateOne]) -> None:
        if changed:
            self.updates.setdefault(name, []).extend(changed)

    def _upsert(self, name: str, changed: list[UpdateOne]) -> None:
        if changed:
            self.upserts[name] = changed

    def _versioned(self, name: str, objects: Mapping[str, Any], to_document: Any) -> None:
        new: list[Document] = []
        changed: list[UpdateOne] = []
        for each in objects.values():
            document = to_document(each)
            document["version"] = each.version + 1
            if each.version:
                # $set, not a replacement: what a newer version of this service added stays.
                changed.append(UpdateOne({"_id": each.id, "version": each.version}, {"$set": document}))
            else:
                document["_id"] = each.id
                new.append(document)
        self._insert(name, new)
        self._update(name, changed)


def _outbox(changes: Changes) -> list[Document]:
    entries = [outbox_document(event) for event in changes.events]
    return entries + [outgoing_document(message) for message in changes.outgoing]


def _delivery(report: DeliveryReport) -> UpdateOne:
    """A merge that no order and no repetition can disturb: earliest times, highest rank, least id and error.

    All fields of a report are its own values and never expressions, hence the literals.
    """
    delivery = report.delivery
    merged: Document = {
        "delivery.rank": {"$max": ["$delivery.rank", delivery.rank]},
        "delivery.queued_at": {"$min": ["$delivery.queued_at", delivery.queued_at]},
        "delivery.error": _least("$delivery.error", documents.error_document(delivery.error)),
        "provider_message_id": _least("$provider_message_id", report.provider_message_id),
    }
    for state, at in delivery.times.items():
        merged[f"delivery.times.{state}"] = {"$min": [f"$delivery.times.{state}", at]}
    state_of_rank = {"$arrayElemAt": [_STATES, "$delivery.rank"]}
    return UpdateOne(
        {"_id": report.message_id}, [{"$set": merged}, {"$set": {"delivery.state": state_of_rank}}]
    )


def _least(known: str, reported: Any) -> Document:
    return {"$ifNull": [{"$min": [known, {"$literal": reported}]}, None]}


def _decision(decision: Any) -> UpdateOne:
    return UpdateOne(
        {"_id": decision.item_id, "state": HELD},
        {
            "$set": {
                "state": decision.state,
                "decided_at": decision.decided_at,
                "decided_by": decision.decided_by,
            }
        },
    )


def _quarantine(item: QuarantineItem) -> UpdateOne:
    operator = "$set" if item.held_again else "$setOnInsert"
    return UpdateOne({"_id": item.id}, {operator: documents.quarantine_document(item)}, upsert=True)


def _counts(counters: Mapping[str, int], slot: int) -> Iterable[UpdateOne]:
    for key, delta in counters.items():
        if delta:
            yield UpdateOne({"_id": f"status:{key}:{slot}"}, {"$inc": {"n": delta}}, upsert=True)
