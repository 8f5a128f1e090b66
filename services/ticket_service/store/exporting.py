"""Everything the desk keeps of a person, as it is stored, one collection after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pymongo.database import Database

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.contact_merge import ContactMerge
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.note import Note, about_contact
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.kinds import kind_of
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_BOOKKEEPING: Final = (
    "version",
    "search",
    "words",
    "number_key",
    "listed",
    "sla_state",
    "rating",
    "joined_from",
)
"""What the desk derives from the rest for its own use."""


class PersonExport:
    """What is kept of one contact. Every method raises Unavailable when the database is away."""

    def __init__(self, db: Database[Document], contact_id: str) -> None:
        self._db = db
        with database_errors():
            merges = list(
                db[kind_of(ContactMerge).collection].find({"survivor": contact_id, "undone_at": None})
            )
            self._contacts = [contact_id, *(each["other"] for each in merges)]
            self._talks = self._ids(names.CONVERSATIONS, {"contact_id": {"$in": self._contacts}})
            self._tickets = self._ids(names.TICKETS, {"requester_id": {"$in": self._contacts}})

    def parts(self) -> Iterator[tuple[str, Iterator[Document]]]:
        """Each kind of data by its name, with its documents, the oldest first."""
        on_tickets: Document = {"ticket_id": {"$in": self._tickets}}
        said: Document = {"$or": [{"conversation_id": {"$in": self._talks}}, on_tickets]}
        notes = {"about": {"$in": [about_contact(each) for each in self._contacts]}}
        yield "contacts", self._all(names.CONTACTS, {"_id": {"$in": self._contacts}})
        yield "notes", self._all(kind_of(Note).collection, notes)
        yield "conversations", self._all(names.CONVERSATIONS, {"_id": {"$in": self._talks}})
        yield "messages", self._all(names.MESSAGES, said)
        yield "tickets", self._all(names.TICKETS, {"_id": {"$in": self._tickets}})
        yield "history", self._all(names.HISTORY, on_tickets)
        yield "interventions", self._all(kind_of(Intervention).collection, on_tickets)
        yield "time_entries", self._all(kind_of(TimeEntry).collection, on_tickets)
        yield "attachments", self._all(names.ATTACHMENTS, self._files())

    def files(self) -> Iterator[Attachment]:
        """The files that are there."""
        with database_errors():
            for each in self._db[names.ATTACHMENTS].find({**self._files(), "blob_id": {"$ne": None}}):
                yield documents.attachment(each)

    def _files(self) -> Document:
        with database_errors():
            said = self._ids(
                names.MESSAGES, {"conversation_id": {"$in": self._talks}, "attachments": {"$ne": []}}
            )
        return {"$or": [{"ticket_id": {"$in": self._tickets}}, {"message_id": {"$in": said}}]}

    def _all(self, name: str, wanted: Document) -> Iterator[Document]:
        with database_errors():
            for each in self._db[name].find(wanted).sort("_id", 1):
                shown: dict[str, Any] = {"id": each.pop("_id"), **each}
                yield {key: value for key, value in shown.items() if key not in _BOOKKEEPING}

    def _ids(self, name: str, wanted: Document) -> list[str]:
        return [each["_id"] for each in self._db[name].find(wanted, {"_id": 1})]
