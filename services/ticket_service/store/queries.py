"""What the interface reads: tickets, contacts, conversations, and what was said and changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database

from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import OPENED, STATUS, HistoryEntry
from services.ticket_service.domain.message import ABOUT_MESSAGES, NOTE, OUT, PUBLIC, Message
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.keyset import MAX_MILLISECONDS, Order, Position
from services.ticket_service.store.ticket_indexes import EPOCH
from shared.contracts.delivery_state import FAILED
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

T = TypeVar("T")

COUNTED: Final = 1_000
REPLIES: Final = {"direction": OUT, "visibility": PUBLIC}
NOTES: Final = {"direction": NOTE}
_SHOWN_ON_THEIR_TARGET: Final = {
    "kind": {"$in": sorted(ABOUT_MESSAGES)},
    "target_id": {"$ne": None},
    "delivery.state": {"$ne": FAILED},
}
"""Reactions, edits and revokes of messages that the desk has; what failed to leave is shown as well."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins and how many entries are wanted."""

    after: Position | None
    limit: int
    newest_first: bool = field(default=True)


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations; what is None or empty does not narrow. Those that were merged are in no list.

    `open_ticket` tells those whose messages join an open ticket now from the others; `drafts` those in which
    answers wait until the customer writes again; `chat` live chats, `waiting` those of them with a message
    that is on no ticket, `missed` those where nobody came and nobody could be answered.
    """

    channel: Collection[str] = ()
    contact: str | None = None
    open_ticket: bool | None = None
    drafts: bool | None = None
    chat: bool | None = None
    waiting: bool | None = None
    missed: bool | None = None

    def document(self) -> Document:
        """The filter for the database, made of plain values only."""
        wanted: Document = {"merged_into": None}
        if self.channel:
            wanted["channel_id"] = {"$in": list(self.channel)}
        if self.contact is not None:
            wanted["contact_id"] = {"$eq": self.contact}
        if self.open_ticket is not None:
            wanted["open_ticket_id"] = {"$ne": None} if self.open_ticket else None
        if self.drafts is not None:
            wanted["drafts.0"] = {"$exists": self.drafts}
        if self.chat is not None:
            wanted["channel_kind"] = {"$eq" if self.chat else "$ne": CHAT}
        for name, narrows in (("waiting_since", self.waiting), ("missed_at", self.missed)):
            if narrows is not None:
                wanted[name] = {"$gt": EPOCH} if narrows else None
        return wanted


class Queries:
    """Lists find one entry more than `limit`, which tells whether there is a next page.

    Every method raises Unavailable when the database is away or takes too long.
    """

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def conversations(self, asked: ConversationFilter, page: Page) -> list[Conversation]:
        """Conversations, the last changed first."""
        order = Order("updated_at", True)
        return self._page(names.CONVERSATIONS, asked.document(), order, page, documents.conversation)

    def count_conversations(self, asked: ConversationFilter) -> int:
        """How many there are; COUNTED stands for that many or more."""
        with database_errors():
            return self._db[names.CONVERSATIONS].count_documents(
                asked.document(), limit=COUNTED, maxTimeMS=MAX_MILLISECONDS
            )

    def last_messages(self, conversation_ids: Collection[str]) -> dict[str, Message]:
        """What was said last in each of these conversations, by the provider's time."""
        newest = {"$sort": {"occurred_at": -1, "number": -1, "_id": -1}}
        of_it: list[Document] = [
            {"$match": {"kind": {"$nin": sorted(ABOUT_MESSAGES)}}},
            newest,
            {"$limit": 1},
        ]
        joined = {
            "from": names.MESSAGES,
            "localField": "_id",
            "foreignField": "conversation_id",
            "pipeline": of_it,
            "as": "last",
        }
        steps: list[Document] = [
            {"$match": {"_id": {"$in": list(conversation_ids)}}},
            {"$project": {"_id": 1}},
            {"$lookup": joined},
        ]
        with database_errors():
            found = self._db[names.CONVERSATIONS].aggregate(steps, maxTimeMS=MAX_MILLISECONDS)
            return {each["_id"]: documents.message(each["last"][0]) for each in found if each["last"]}

    def messages_of_conversation(self, conversation_id: str, page: Page) -> list[Message]:
        """What was said in a conversation, by the provider's time."""
        return self._messages({"conversation_id": {"$eq": conversation_id}}, page)

    def messages_of_ticket(self, ticket_id: str, page: Page, only: Document | None = None) -> list[Message]:
        """The actions of a ticket by the provider's time: all, or `only` REPLIES or NOTES.

        Without the reactions, edits and revokes that are to be seen on the message they are about.
        """
        wanted = {"ticket_id": {"$eq": ticket_id}, "$nor": [_SHOWN_ON_THEIR_TARGET], **(only or {})}
        return self._messages(wanted, page)

    def history(self, ticket_id: str, page: Page) -> list[HistoryEntry]:
        """The changes of a ticket."""
        order = Order("at", page.newest_first)
        wanted = {"ticket_id": {"$eq": ticket_id}}
        return self._page(names.HISTORY, wanted, order, page, documents.history_entry)

    def moves(self, ticket_id: str, limit: int) -> list[HistoryEntry]:
        """How a ticket was opened and moved between statuses, the first `limit` entries by time."""
        wanted = {"ticket_id": {"$eq": ticket_id}, "what": {"$in": [OPENED, STATUS]}}
        order = Order("at", newest_first=False)
        page = Page(None, limit, newest_first=False)
        return self._page(names.HISTORY, wanted, order, page, documents.history_entry)[:limit]

    def ticket_id(self, number: str) -> str | None:
        """The id of the ticket with this number, unless it was deleted."""
        with database_errors():
            found = self._db[names.TICKETS].find_one(
                {"number": {"$eq": number}, "deleted_at": None}, {"_id": 1}
            )
        return found["_id"] if found else None

    def contact(self, contact_id: str) -> Contact | None:
        """The contact with this id."""
        return self._one(names.CONTACTS, contact_id, documents.contact)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id."""
        return self._one(names.CONVERSATIONS, conversation_id, documents.conversation)

    def contacts_by_id(self, ids: Collection[str]) -> dict[str, Contact]:
        """Those of these contacts that exist."""
        with database_errors():
            found = list(self._db[names.CONTACTS].find({"_id": {"$in": sorted(set(ids))}}))
        return {document["_id"]: documents.contact(document) for document in found}

    def ticket_numbers(self, ids: Collection[str]) -> dict[str, str]:
        """The numbers of these tickets by id."""
        with database_errors():
            found = list(self._db[names.TICKETS].find({"_id": {"$in": sorted(set(ids))}}, {"number": 1}))
        return {document["_id"]: document["number"] for document in found}

    def answered(self, record_id: str) -> IdempotencyRecord | None:
        """The answer that was given to a request with this Idempotency-Key."""
        return self._one(names.IDEMPOTENCY, record_id, documents.idempotency_record)

    def _messages(self, wanted: Document, page: Page) -> list[Message]:
        order = Order("occurred_at", page.newest_first, numbered=True)
        return self._page(names.MESSAGES, wanted, order, page, documents.message)

    def _one(self, name: str, id_: str, build: Callable[[Document], T]) -> T | None:
        with database_errors():
            found = self._db[name].find_one({"_id": {"$eq": id_}})
        return build(found) if found else None

    def _page(
        self, name: str, wanted: Document, order: Order, page: Page, build: Callable[[Document], T]
    ) -> list[T]:
        return [build(document) for document in find_page(self._db[name], wanted, order, page)]


def find_page(
    collection: MongoCollection[Document], wanted: Document, order: Order, page: Page
) -> Sequence[Document]:
    """The next `limit` + 1 documents after the page's position. Unavailable as everywhere."""
    query: dict[str, Any] = wanted
    if page.after is not None:
        query = {"$and": [wanted, order.after(page.after)]}
    with database_errors():
        cursor = collection.find(query).sort(order.sort()).limit(page.limit + 1)
        return list(cursor.max_time_ms(MAX_MILLISECONDS))
