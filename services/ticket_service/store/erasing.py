"""Forgets many documents at once, outside transactions: each step may be repeated, and finds what is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from pymongo.database import Database

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.composing import Composing
from services.ticket_service.domain.erasure import ERASED_TITLE, SAFE_HISTORY, Erasure
from services.ticket_service.domain.history import CUSTOMER
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.domain.triage import TriageMail
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.originals import NAMED, RAW_BLOB, originals
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

FORGOTTEN_TEXT: Final[Document] = {
    **dict.fromkeys(("text", "raw"), ""),
    **{name: [] for name in ("words", "versions", "reactions", "withdrawn")},
    "content": {},
    "template": None,
    "mail": None,
}
"""What is left of a message whose text is forgotten; its id stays, so that it does not come back."""
_SLICE: Final = 1_000


class MongoErasing:
    """ErasingStore on MongoDB."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def running(self, limit: int) -> Sequence[str]:
        """The ids of erasures that are not done."""
        return self._ids(kind_of(Erasure).collection, {"done_at": None}, limit)

    def tickets(self, contact_ids: Collection[str], limit: int) -> Sequence[str]:
        """The ids of their tickets that still say something."""
        mine = {"requester_id": {"$in": list(contact_ids)}, "title": {"$ne": ERASED_TITLE}}
        return self._ids(names.TICKETS, mine, limit)

    def all_tickets(self, contact_ids: Collection[str]) -> Sequence[str]:
        """The ids of all their tickets."""
        return self._ids(names.TICKETS, {"requester_id": {"$in": list(contact_ids)}})

    def conversations(self, contact_ids: Collection[str]) -> Sequence[str]:
        """The ids of all their conversations."""
        return self._ids(names.CONVERSATIONS, {"contact_id": {"$in": list(contact_ids)}})

    def forget_said(self, conversation_ids: Collection[str], ticket_ids: Collection[str]) -> None:
        """Empty the messages and histories of these, what is said of work, and what is being written."""
        emptied: Document = {**FORGOTTEN_TEXT, "provider_message_ids": []}
        # In its own words a provider may name the number that it could not reach.
        no_words = {"$set": {"delivery.error.title": "", "delivery.error.detail": ""}}
        with database_errors():
            for path, ids in (("conversation_id", conversation_ids), ("ticket_id", ticket_ids)):
                for some in _slices(ids):
                    here: Document = {path: {"$in": some}}
                    change = {"$set": emptied, "$inc": {"version": 1}}
                    self._db[names.MESSAGES].update_many(here, change)
                    self._db[names.MESSAGES].update_many({**here, "delivery.error": {"$ne": None}}, no_words)
                    unnamed = {"$set": {"author.name": ""}}
                    self._db[names.MESSAGES].update_many({**here, "author.kind": CUSTOMER}, unnamed)
            for some in _slices(conversation_ids):
                self._db[kind_of(TriageMail).collection].delete_many({"conversation_id": {"$in": some}})
            for some in _slices(ticket_ids):
                self._forget_history({"ticket_id": {"$in": some}})
                self._forget_work({"ticket_id": {"$in": some}})
                self._db[kind_of(Composing).collection].delete_many({"ticket_id": {"$in": some}})

    def files(
        self, conversation_ids: Collection[str], ticket_ids: Collection[str], limit: int
    ) -> Sequence[Attachment]:
        """Files of these that are still kept or named."""
        left = {"$or": [{"blob_id": {"$ne": None}}, {"filename": {"$ne": ""}}, {"reference": {"$ne": ""}}]}
        with database_errors():
            said = self._messages(conversation_ids)
            for path, ids in (("ticket_id", ticket_ids), ("message_id", said)):
                for some in _slices(ids):
                    wanted = {path: {"$in": some}, **left}
                    if found := list(self._db[names.ATTACHMENTS].find(wanted).limit(limit)):
                        return [documents.attachment(each) for each in found]
        return []

    def originals(self, conversation_ids: Collection[str], ticket_ids: Collection[str]) -> list[Attachment]:
        """Their mails as they came."""
        found: list[Attachment] = []
        with database_errors():
            for path, ids in (("conversation_id", conversation_ids), ("ticket_id", ticket_ids)):
                for some in _slices(ids):
                    wanted: Document = {path: {"$in": some}, **NAMED}
                    shown = {RAW_BLOB: 1, "created_at": 1}
                    found += originals(self._db[names.MESSAGES].find(wanted, shown))
        return found

    def _messages(self, conversation_ids: Collection[str]) -> list[str]:
        wanted = {"conversation_id": {"$in": list(conversation_ids)}, "attachments": {"$ne": []}}
        return [each["_id"] for each in self._db[names.MESSAGES].find(wanted, {"_id": 1})]

    def _forget_work(self, here: Document) -> None:
        planned = {"title": ERASED_TITLE, "description": "", "report": ""}
        for kind, emptied in ((Intervention, planned), (TimeEntry, {"note": ""})):
            change = {"$set": emptied, "$inc": {"version": 1}}
            self._db[kind_of(kind).collection].update_many(here, change)

    def _forget_history(self, here: Document) -> None:
        history = self._db[names.HISTORY]
        history.update_many({**here, "who.kind": CUSTOMER}, {"$set": {"who.name": ""}})
        telling = {**here, "what": {"$nin": list(SAFE_HISTORY)}}
        history.update_many(telling, {"$set": {"from": None, "to": None}})

    def _ids(self, name: str, wanted: Document, limit: int = 0) -> list[str]:
        with database_errors():
            return [each["_id"] for each in self._db[name].find(wanted, {"_id": 1}).limit(limit)]


def _slices(ids: Collection[str]) -> list[list[Any]]:
    ordered = sorted(ids)
    return [ordered[start : start + _SLICE] for start in range(0, len(ordered), _SLICE)]
