"""Writes one decision's changes inside a transaction, with as few commands as there are collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pymongo import DeleteOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from services.ticket_service.domain.message import DRAFT, Message
from services.ticket_service.domain.quarantine import HELD, QuarantineItem
from services.ticket_service.ports import Changes, Conflict
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.deliveries import delivery_update
from services.ticket_service.store.documents import Document
from services.ticket_service.store.documents.record import record_document
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.moving import run_move, run_purge, run_talk
from shared.outbox.entry import COLLECTION as OUTBOX
from shared.outbox.entry import outbox_document, outgoing_document

_MANY: Final = 20
"""From so many on it pays to ask for their versions first."""


@dataclass(frozen=True, slots=True)
class _Changed:
    """A document that is there already: its id, the version it was loaded with, its fields from now on."""

    id: str
    version: int
    new: Document


class Writes:
    """The changes as commands, made before the transaction starts so that it stays short."""

    def __init__(self, changes: Changes, slot: int) -> None:
        """ValueError when an event breaks its contract."""
        self.inserts: dict[str, list[Document]] = {}
        self.updates: dict[str, list[UpdateOne]] = {}
        self.changed: dict[str, list[_Changed]] = {}
        self.upserts: dict[str, list[UpdateOne]] = {}
        self.removals: dict[str, list[DeleteOne]] = {}
        self.talks, self.moves, self.purges = changes.talks, changes.moves, changes.purges
        self.drafts = [_draft(message_id) for message_id in changes.discarded_drafts]
        self._versioned(names.CONTACTS, changes.contacts, documents.contact_document)
        self._versioned(names.CONVERSATIONS, changes.conversations, documents.conversation_document)
        self._versioned(names.TICKETS, changes.tickets, documents.ticket_document)
        self._versioned(names.ATTACHMENTS, changes.attachments, documents.attachment_document)
        self._records(changes)
        self._insert(names.MESSAGES, [documents.message_document(message) for message in changes.messages])
        self._insert(names.HISTORY, [documents.history_document(entry) for entry in changes.history])
        self._insert(OUTBOX, _outbox(changes))
        if changes.idempotency is not None:
            self._insert(names.IDEMPOTENCY, [documents.idempotency_document(changes.idempotency)])
        self._update(names.MESSAGES, [delivery_update(report) for report in changes.deliveries])
        self._update(names.MESSAGES, [_message_change(each) for each in changes.message_changes.values()])
        self._update(names.QUARANTINE, [_decision(each) for each in changes.quarantine_decisions])
        self._upsert(names.QUARANTINE, [_quarantine(item) for item in changes.quarantine])
        self._upsert(
            names.CHANNEL_HEALTH, [_newest(documents.aspect_document(a), "at") for a in changes.aspects]
        )
        self._upsert(
            names.TEMPLATES, [_newest(documents.template_document(t), "revision") for t in changes.templates]
        )
        self._upsert(names.COUNTERS, list(_counts(changes.counters, slot)))

    def run(self, db: Database[Document], session: ClientSession) -> None:
        """Write everything. Conflict when a document is not as it was loaded."""
        for name, inserts in self.inserts.items():
            db[name].insert_many(inserts, ordered=False, session=session)
        for name, changed in self.changed.items():
            _write_changed(db[name], changed, session)
        for name, updates in self.updates.items():
            answer = db[name].bulk_write(updates, ordered=False, session=session)
            if answer.matched_count != len(updates):
                raise Conflict(f"{name}: changed or gone since it was loaded")
        if self.drafts and db[names.MESSAGES].bulk_write(self.drafts, session=session).deleted_count != len(
            self.drafts
        ):
            raise Conflict(f"{names.MESSAGES}: no longer a draft")
        for name, removals in self.removals.items():
            if db[name].bulk_write(removals, session=session).deleted_count != len(removals):
                raise Conflict(f"{name}: changed or gone since it was loaded")
        for name, upserts in self.upserts.items():
            db[name].bulk_write(upserts, ordered=False, session=session)
        for talk in self.talks:
            run_talk(db, talk, session)
        for move in self.moves:
            run_move(db, move, session)
        for purge in self.purges:
            run_purge(db, purge, session)

    def _insert(self, name: str, new: list[Document]) -> None:
        if new:
            self.inserts.setdefault(name, []).extend(new)

    def _update(self, name: str, changed: list[UpdateOne]) -> None:
        if changed:
            self.updates.setdefault(name, []).extend(changed)

    def _upsert(self, name: str, changed: list[UpdateOne]) -> None:
        if changed:
            self.upserts[name] = changed

    def _records(self, changes: Changes) -> None:
        for each in changes.records:
            kind = kind_of(type(each))
            id_ = getattr(each, kind.id_field)
            document = record_document(each, kind.id_field)
            document["version"] = each.version + 1
            if each.version:
                change = UpdateOne({"_id": id_, "version": each.version}, {"$set": document})
                self._update(kind.collection, [change])
            else:
                self._insert(kind.collection, [{"_id": id_, **document}])
        for each in changes.removed_records:
            kind = kind_of(type(each))
            gone = DeleteOne({"_id": getattr(each, kind.id_field), "version": each.version})
            self.removals.setdefault(kind.collection, []).append(gone)

    def _versioned(self, name: str, objects: Mapping[str, Any], to_document: Any) -> None:
        new: list[Document] = []
        changed: list[_Changed] = []
        for each in objects.values():
            document = to_document(each)
            document["version"] = each.version + 1
            if each.version:
                changed.append(_Changed(each.id, each.version, document))
            else:
                document["_id"] = each.id
                new.append(document)
        self._insert(name, new)
        if changed:
            self.changed[name] = changed


def _write_changed(collection: Collection[Document], changed: list[_Changed], session: ClientSession) -> None:
    """Give documents their fields. Conflict when one does not have the version it was loaded with.

    Finding a document by its id alone costs the database a fifth less than by id and version, so the versions
    of many are read before. Inside the transaction that is as safe: its reads are of one snapshot, and who
    changes a document after that makes it fail.
    """
    versions = {each.id: each.version for each in changed}
    many = len(changed) >= _MANY
    if many:
        wanted = {"_id": {"$in": list(versions)}}
        found = collection.find(wanted, {"version": 1}, session=session, batch_size=len(versions) + 1)
        if {each["_id"]: each["version"] for each in found} != versions:
            raise Conflict(f"{collection.name}: changed or gone since it was loaded")
    # $set, not a replacement: what a newer version of this service added stays.
    updates = [
        UpdateOne({"_id": each.id} if many else {"_id": each.id, "version": each.version}, {"$set": each.new})
        for each in changed
    ]
    if collection.bulk_write(updates, ordered=False, session=session).matched_count != len(updates):
        raise Conflict(f"{collection.name}: changed or gone since it was loaded")


def _outbox(changes: Changes) -> list[Document]:
    entries = [outbox_document(event) for event in changes.events]
    return entries + [outgoing_document(message) for message in changes.outgoing]


def _message_change(message: Message) -> UpdateOne:
    change: Document = {"$set": documents.message_change(message)}
    if message.target_id is not None:
        change["$unset"] = {documents.WAITS_FOR: ""}
    return UpdateOne({"_id": message.id, "version": message.version}, change)


def _draft(message_id: str) -> DeleteOne:
    return DeleteOne({"_id": message_id, "delivery.state": DRAFT})


def _newest(document: Document, order: str) -> UpdateOne:
    """Keep the document unless the one that is there is newer by its field `order`."""
    older = {"$lte": [f"${order}", {"$literal": document[order]}]}
    return UpdateOne(
        {"_id": document["_id"]},
        [{"$replaceWith": {"$cond": [older, {"$literal": document}, "$$ROOT"]}}],
        upsert=True,
    )


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
