"""Finds and empties what is kept too long, by indexes that lose what was emptied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.audit import AuditEntry
from services.ticket_service.domain.confidential import ConfidentialRequest
from services.ticket_service.domain.quarantine import REPLAYED
from services.ticket_service.domain.triage import TriageMail
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.collections import VISIT_AT
from services.ticket_service.store.erasing import FORGOTTEN_TEXT
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.originals import NAMED, RAW_BLOB, originals, quarantined
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_ORIGINAL: Final = {RAW_BLOB: 1, "created_at": 1}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOOKED_AT: Final = 50_000
"""So many messages or files one run looks at; those on tickets that stay open for years are passed by."""


class MongoOldData:
    """OldData on MongoDB."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def closed_tickets(self, before: datetime, limit: int) -> Sequence[str]:
        """The numbers of tickets closed before that time, the oldest first."""
        wanted = {"closed_at": {"$gt": _EPOCH, "$lt": before}, "deleted_at": None}
        with database_errors():
            found = self._db[names.TICKETS].find(wanted, {"number": 1}).sort("closed_at", 1).limit(limit)
            return [each["number"] for each in found]

    def said(self, before: datetime, limit: int) -> tuple[Sequence[str], Collection[str]]:
        """Ids of messages with a text that is older and on no open ticket; and the tickets they are on."""
        wanted = {"text": {"$gt": ""}, "created_at": {"$lt": before}}
        ids: list[str] = []
        tickets: set[str] = set()
        with database_errors():
            found = self._db[names.MESSAGES].find(wanted, {"ticket_id": 1}).sort("created_at", 1)
            for some in _batches(found.limit(_LOOKED_AT), limit):
                open_ = self._open({each["ticket_id"] for each in some if each["ticket_id"]})
                for each in some:
                    if each["ticket_id"] not in open_:
                        ids.append(each["_id"])
                        tickets |= {each["ticket_id"]} - {None}
                if len(ids) >= limit:
                    break
        return ids, tickets

    def forget_texts(self, message_ids: Collection[str]) -> None:
        """Empty these messages."""
        with database_errors():
            change = {"$set": FORGOTTEN_TEXT, "$inc": {"version": 1}}
            self._db[names.MESSAGES].update_many({"_id": {"$in": list(message_ids)}}, change)
            self._db[kind_of(TriageMail).collection].delete_many({"_id": {"$in": list(message_ids)}})

    def forget_visits(self, before: datetime) -> int:
        """Forget stays of visitors that ended before that time, where no ticket is open; how many."""
        wanted = {VISIT_AT: {"$gt": _EPOCH, "$lt": before}, "open_ticket_id": None}
        gone: Document = {"$set": {"visit": None}, "$inc": {"version": 1}}
        with database_errors():
            return self._db[names.CONVERSATIONS].update_many(wanted, gone).modified_count

    def originals(self, message_ids: Collection[str]) -> Sequence[Attachment]:
        """The mails that these messages were made of."""
        wanted = {"_id": {"$in": list(message_ids)}, **NAMED}
        with database_errors():
            return originals(self._db[names.MESSAGES].find(wanted, _ORIGINAL))

    def files(self, before: datetime, limit: int) -> Sequence[Attachment]:
        """Files stored before that time and on no open ticket."""
        wanted = {"blob_id": {"$gt": ""}, "stored_at": {"$lt": before}}
        chosen: list[Document] = []
        with database_errors():
            found = self._db[names.ATTACHMENTS].find(wanted).sort("stored_at", 1)
            for some in _batches(found.limit(_LOOKED_AT), limit):
                open_ = self._open({each["ticket_id"] for each in some if each["ticket_id"]})
                chosen += [each for each in some if each["ticket_id"] not in open_]
                if len(chosen) >= limit:
                    break
        return [documents.attachment(each) for each in chosen]

    def old_originals(self, before: datetime, limit: int) -> Sequence[Attachment]:
        """Mails as they came before that time, the oldest first."""
        wanted = {**NAMED, "occurred_at": {"$lt": before}}
        with database_errors():
            found = self._db[names.MESSAGES].find(wanted, _ORIGINAL).sort("occurred_at", 1)
            return originals(found.limit(limit))

    def forget_raw(self, before: datetime, gone: Collection[str]) -> int:
        """Empty what providers sent before that time; how many. `gone`: mails, by their messages."""
        wanted = {"raw": {"$gt": ""}, "occurred_at": {"$lt": before}}
        with database_errors():
            messages = self._db[names.MESSAGES]
            if gone:
                messages.update_many({"_id": {"$in": list(gone)}}, {"$set": {RAW_BLOB: ""}})
            return messages.update_many(wanted, {"$set": {"raw": ""}}).modified_count + len(gone)

    def quarantined_originals(self, before: datetime) -> Sequence[Attachment]:
        """Mails that were put aside before that time and became nothing."""
        wanted = {
            "quarantined_at": {"$lt": before},
            "raw_blob": {"$gt": ""},
            "state": {"$ne": REPLAYED},
        }
        with database_errors():
            return quarantined(self._db[names.QUARANTINE].find(wanted, {"raw_blob": 1, "quarantined_at": 1}))

    def forget_confidential(self, before: datetime, now: datetime) -> int:
        """Delete confidential answers given before that time; how many there were."""
        wanted = {"sealed": {"$gt": ""}, "delete_at": {"$gt": _EPOCH}, "answered_at": {"$lt": before}}
        gone = {"$set": {"sealed": "", "deleted_at": now}, "$inc": {"version": 1}}
        with database_errors():
            return self._db[kind_of(ConfidentialRequest).collection].update_many(wanted, gone).modified_count

    def drop(self, kind: str, before: datetime) -> int:
        """Delete entries of `audit` or `quarantine` from before that time; how many there were."""
        audit = kind == "audit"
        name, path = (kind_of(AuditEntry).collection, "at") if audit else (names.QUARANTINE, "quarantined_at")
        with database_errors():
            return self._db[name].delete_many({path: {"$lt": before}}).deleted_count

    def _open(self, ticket_ids: Collection[str]) -> set[str]:
        wanted = {"_id": {"$in": list(ticket_ids)}, "closed_at": None}
        return {each["_id"] for each in self._db[names.TICKETS].find(wanted, {"_id": 1})}


def _batches(found: Iterable[Document], size: int) -> Iterator[list[Document]]:
    rest = iter(found)
    while some := list(islice(rest, size)):
        yield some
