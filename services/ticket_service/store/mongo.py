"""The desk's store on MongoDB: one query per collection to load, one transaction to save."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from pymongo import MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.domain.template import Template
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.tombstone import Tombstone
from services.ticket_service.ports import (
    SECTION,
    Arrivals,
    Changes,
    Conflict,
    Held,
    LoadedTicket,
    Remains,
    Where,
    WorkingSet,
)
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.documents import Document
from services.ticket_service.store.documents.record import record
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.saving import Writes
from shared.messaging.message import Unavailable
from shared.mongo.transactions import WriteConflict, database_errors, in_transaction

T = TypeVar("T")

COUNTER_SLOTS: Final = 16
"""Counters are spread over as many documents, so that processes seldom wait for each other."""
CACHE_SECONDS: Final = 5.0
BEFORE_COMMIT: Final = "before_commit"
AFTER_COMMIT: Final = "after_commit"


class MongoDeskStore:
    """DeskStore on MongoDB. `on_point` is called at BEFORE_COMMIT and AFTER_COMMIT (for fault tests)."""

    def __init__(
        self,
        client: MongoClient[Document],
        db: Database[Document],
        *,
        on_point: Callable[[str], None] = lambda point: None,
    ) -> None:
        self._client = client
        self._db = db
        self._on_point = on_point
        self._slot = secrets.randbelow(COUNTER_SLOTS)
        self._cached: dict[str, tuple[float, object]] = {}

    def load_arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        """Which message ids are stored or gone for good, and what waits for these provider ids."""
        arrivals = self._arrivals(ids, provider_ids)
        arrivals.known |= self.gone(ids)
        return arrivals

    def _arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        wanted = {"$or": [{"_id": {"$in": list(ids)}}, {documents.WAITS_FOR: {"$in": list(provider_ids)}}]}
        arrivals = Arrivals()
        with database_errors():
            for document in self._db[names.MESSAGES].find(wanted):
                if document["_id"] in ids:
                    arrivals.known.add(document["_id"])
                if document.get(documents.WAITS_FOR) in provider_ids:
                    arrivals.waiting.append(documents.message(document))
        return arrivals

    def load_tickets(self, ids: Collection[str]) -> dict[str, Ticket]:
        """The tickets with these ids."""
        with database_errors():
            found = self._db[names.TICKETS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.ticket(document) for document in found}

    def load_conversations(self, ids: Collection[str]) -> dict[str, Conversation]:
        """The conversations with these ids."""
        with database_errors():
            found = self._db[names.CONVERSATIONS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.conversation(document) for document in found}

    def gone(self, message_ids: Collection[str]) -> set[str]:
        """Those of these messages that are gone for good."""
        stones = self._db[kind_of(Tombstone).collection]
        with database_errors():
            return {each["_id"] for each in stones.find({"_id": {"$in": list(message_ids)}}, {"_id": 1})}

    def load_remains(self, ticket_id: str) -> Remains:
        """The ids of its messages, and its files."""
        here = {"ticket_id": {"$eq": ticket_id}}
        with database_errors():
            said = [each["_id"] for each in self._db[names.MESSAGES].find(here, {"_id": 1})]
            files = [documents.attachment(each) for each in self._db[names.ATTACHMENTS].find(here)]
        return Remains(said, files)

    def load_messages(self, ids: Collection[str]) -> dict[str, Message]:
        """The messages with these ids."""
        with database_errors():
            found = self._db[names.MESSAGES].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.message(document) for document in found}

    def load_targets(self, provider_ids: Collection[str]) -> list[Message]:
        """The messages with any of these provider ids."""
        with database_errors():
            found = self._db[names.MESSAGES].find({"provider_message_ids": {"$in": list(provider_ids)}})
            return [documents.message(document) for document in found]

    def load_attachments(self, ids: Collection[str]) -> dict[str, Attachment]:
        """The attachments with these ids."""
        with database_errors():
            found = self._db[names.ATTACHMENTS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.attachment(document) for document in found}

    def load_template(self, template_id: str) -> Template | None:
        """The template with this id."""
        with database_errors():
            found = self._db[names.TEMPLATES].find_one({"_id": template_id})
        return documents.template(found) if found else None

    def channel_aspects(self) -> list[Aspect]:
        """All that is known of all channels."""
        with database_errors():
            return [documents.aspect(each) for each in self._db[names.CHANNEL_HEALTH].find().sort("_id", 1)]

    def load_inbound(self, identity_keys: Collection[str], channel_ids: Collection[str]) -> WorkingSet:
        """Contacts by identity, their conversations on these channels, and the tickets these continue."""
        working = WorkingSet()
        with database_errors():
            found = self._db[names.CONTACTS].find({"identities.key": {"$in": list(identity_keys)}})
            working.contacts = {each["_id"]: documents.contact(each) for each in found}
            if not working.contacts:
                return working
            place = {"contact_id": {"$in": list(working.contacts)}, "channel_id": {"$in": list(channel_ids)}}
            found = self._db[names.CONVERSATIONS].find(place)
            working.conversations = {each["_id"]: documents.conversation(each) for each in found}
            ticket_ids = [
                each.open_ticket_id or each.last_ticket_id for each in working.conversations.values()
            ]
            if any(ticket_ids):
                found = self._db[names.TICKETS].find({"_id": {"$in": [each for each in ticket_ids if each]}})
                working.tickets = {each["_id"]: documents.ticket(each) for each in found}
        return working

    def load_deliveries(
        self,
        send_ids: Collection[str],
        provider_ids: Collection[str],
        conversation_ids: Collection[str],
        ticket_numbers: Collection[str],
    ) -> tuple[set[str], WorkingSet]:
        """The send ids that are known, what waits for these provider ids, these conversations and tickets."""
        arrivals = self._arrivals(send_ids, provider_ids)
        working = WorkingSet(waiting=arrivals.waiting)
        with database_errors():
            if conversation_ids:
                found = self._db[names.CONVERSATIONS].find({"_id": {"$in": list(conversation_ids)}})
                working.conversations = {each["_id"]: documents.conversation(each) for each in found}
            if ticket_numbers:
                found = self._db[names.TICKETS].find({"number": {"$in": list(ticket_numbers)}})
                working.tickets = {each["_id"]: documents.ticket(each) for each in found}
        return arrivals.known, working

    def load_ticket(self, number: str) -> LoadedTicket | None:
        """The ticket with its requester and conversation."""
        with database_errors():
            found = self._db[names.TICKETS].find_one({"number": number})
            if found is None:
                return None
            ticket = documents.ticket(found)
            requester = self._db[names.CONTACTS].find_one({"_id": ticket.requester_id})
            conversation = None
            if ticket.conversation_id is not None:
                conversation = self._db[names.CONVERSATIONS].find_one({"_id": ticket.conversation_id})
        if requester is None:
            raise LookupError(f"ticket {number} has no requester")
        return LoadedTicket(
            ticket,
            documents.contact(requester),
            None if conversation is None else documents.conversation(conversation),
        )

    def reserve_numbers(self, series: str, count: int, *, start: int = 1) -> list[int]:
        """The next `count` places of a series."""
        reached = {"$max": [{"$ifNull": ["$value", 0]}, start - 1]}
        with database_errors():
            for _ in range(2):
                try:
                    found = self._db[names.SEQUENCES].find_one_and_update(
                        {"_id": series},
                        [{"$set": {"value": {"$add": [reached, count]}}}],
                        upsert=True,
                        return_document=ReturnDocument.AFTER,
                    )
                except DuplicateKeyError:
                    continue  # two processes made the sequence at the same moment; now it is there
                last: int = found["value"] if found else 0
                return list(range(last - count + 1, last + 1))
        raise Conflict("the sequence of ticket numbers could not be made")

    def numbers_taken(self, numbers: Collection[str]) -> set[str]:
        """Which of these numbers tickets have already."""
        with database_errors():
            found = self._db[names.TICKETS].find({"number": {"$in": list(numbers)}}, {"_id": 0, "number": 1})
            return {each["number"] for each in found}

    def open_tickets(self, assignees: Collection[str]) -> dict[str, int]:
        """The number of open tickets by assignee."""
        wanted = {"assignee": {"$in": list(assignees)}, "closed_at": None, "deleted_at": None}
        stages: list[Document] = [{"$match": wanted}, {"$group": {"_id": "$assignee", "n": {"$sum": 1}}}]
        with database_errors():
            found = self._db[names.TICKETS].aggregate(stages, maxTimeMS=MAX_MILLISECONDS)
            return {each["_id"]: each["n"] for each in found}

    def workflow(self) -> Workflow:
        """The desk's statuses, at most CACHE_SECONDS old."""
        statuses = self.all(Status)
        if not statuses:
            raise Unavailable("the desk has no statuses yet: run services.ticket_service.prepare")
        return Workflow(statuses)

    def desk(self) -> DeskSettings:
        """The desk's settings, at most CACHE_SECONDS old."""
        found = self.setting(DeskSettings)
        if not found.version:
            raise Unavailable("the desk has no settings yet: run services.ticket_service.prepare")
        return found

    def record(self, kind: type[T], record_id: str) -> T | None:
        """The record of this kind with this id."""
        how = kind_of(kind)
        with database_errors():
            found = self._db[how.collection].find_one({"_id": {"$eq": record_id}})
        return record(kind, how.id_field, found) if found else None

    def records(self, kind: type[T], where: Where) -> list[T]:
        """The records of this kind that are so, by id."""
        how = kind_of(kind)
        wanted = {
            path: {"$in": value} if isinstance(value, list) else {"$eq": value}
            for path, value in where.items()
        }
        with database_errors():
            found = self._db[how.collection].find(wanted).sort("_id", 1).max_time_ms(MAX_MILLISECONDS)
            return [record(kind, how.id_field, each) for each in found]

    def all(self, kind: type[T]) -> tuple[T, ...]:
        """All records of a cached kind, by id, at most CACHE_SECONDS old."""
        return self._cache(kind_of(kind).collection, lambda: tuple(self.records(kind, {})))

    def setting(self, kind: type[T]) -> T:
        """The one record of a section of settings, at most CACHE_SECONDS old."""
        return self._cache(kind_of(kind).collection, lambda: self.record(kind, SECTION) or kind())

    def is_audited(self, record: Record) -> bool:
        """Whether changes of such records are written into the audit log."""
        return kind_of(type(record)).audited

    def stored(self, record: T) -> T | None:
        """The record of the same kind and id as it is stored this moment."""
        kind = type(record)
        return self.record(kind, getattr(record, kind_of(kind).id_field))

    def save(self, changes: Changes) -> None:
        """Everything in one transaction, or Conflict and nothing."""
        writes = Writes(changes, self._slot)

        def work(session: ClientSession) -> None:
            writes.run(self._db, session)
            self._on_point(BEFORE_COMMIT)

        try:
            in_transaction(self._client, work)
        except WriteConflict as error:
            kind = Held if _is_transient(error.__cause__) else Conflict
            raise kind(str(error)) from error
        for each in [*changes.records, *changes.removed_records]:
            self._cached.pop(kind_of(type(each)).collection, None)
        self._on_point(AFTER_COMMIT)

    def _cache(self, name: str, load: Callable[[], T]) -> T:
        loaded_at, value = self._cached.get(name, (0.0, None))
        now = time.monotonic()
        if value is None or now - loaded_at > CACHE_SECONDS:
            value = load()
            self._cached[name] = (now, value)
        return value  # type: ignore[return-value]


def _is_transient(error: BaseException | None) -> bool:
    """Whether a transaction failed only because another one has its documents now."""
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")
