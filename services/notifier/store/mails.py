"""The mails in MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from pymongo import ASCENDING, MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.notifier.domain.breaker import WINDOW
from services.notifier.domain.mail import Mail
from services.notifier.ports import T
from services.notifier.store.documents import Document
from services.notifier.store.mail_documents import mail_document, mail_of
from services.notifier.store.repeat import until_decided
from shared.contracts.channel_reported import OK
from shared.contracts.envelope import Event
from shared.mongo.transactions import database_errors
from shared.outbox.entry import COLLECTION, outbox_document

COUNTED: Final = "automatic_mails"
TOLD: Final = "mailboxes_told"


class MongoMailStore:
    """Mails and the outbox of one database."""

    def __init__(self, client: MongoClient[Document], db: Database[Document]) -> None:
        self._client = client
        self._db = db

    def prepare(self) -> None:
        """Create the indexes (again and again without harm)."""
        with database_errors():
            mails = self._db["mails"]
            mails.update_many({"channel_id": {"$exists": False}}, {"$set": {"channel_id": ""}})
            of_open = {"open": True}
            mails.create_index(
                [("channel_id", ASCENDING), ("due_at", ASCENDING)],
                name="due_by_channel",
                partialFilterExpression=of_open,
            )
            if "due" in mails.index_information():
                mails.drop_index("due")
            mails.create_index("recipients", name="by_recipient")
            of_message = {"message_id": {"$gt": ""}}
            mails.create_index("message_id", name="by_message", partialFilterExpression=of_message)
            with_header = {"header_id": {"$gt": ""}}
            mails.create_index("header_id", name="by_header", partialFilterExpression=with_header)
            mails.create_index("expires_at", name="expiry", expireAfterSeconds=0)
            self._db[COUNTED].create_index("expires_at", name="expiry", expireAfterSeconds=0)
            if TOLD not in self._db.list_collection_names():
                self._db.create_collection(TOLD)

    def transact(self, work: Callable[[MongoMailTransaction], T]) -> T:
        """Run `work` in one transaction, again when others wrote the same documents meanwhile."""
        return until_decided(self._client, lambda session: work(MongoMailTransaction(self._db, session)))

    def claim(self, channel_ids: Collection[str], claim: str, now: datetime, until: datetime) -> Mail | None:
        """The mail that has been due for longest, moved on to `until` in the same step."""
        with database_errors():
            document = self._db["mails"].find_one_and_update(
                {"open": True, "channel_id": {"$in": list(channel_ids)}, "due_at": {"$lte": now}},
                {"$set": {"due_at": until, "claim": claim}},
                sort=[("due_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return mail_of(document) if document else None


class MongoMailTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, db: Database[Document], session: ClientSession) -> None:
        self._db = db
        self._session = session

    def load(self, mail_ids: Collection[str]) -> dict[str, Mail]:
        """The mails that are known."""
        found = self._db["mails"].find({"_id": {"$in": list(mail_ids)}}, session=self._session)
        return {document["_id"]: mail_of(document) for document in found}

    def of_messages(self, message_ids: Collection[str]) -> list[Mail]:
        """All mails that carried any of these messages."""
        if not message_ids:
            return []
        wanted = {"message_id": {"$in": list(message_ids), "$gt": ""}}
        return [mail_of(document) for document in self._db["mails"].find(wanted, session=self._session)]

    def to_any(self, addresses: Collection[str], limit: int) -> list[Mail]:
        """Mails to any of these addresses."""
        wanted = {"recipients": {"$in": list(addresses)}}
        found = self._db["mails"].find(wanted, session=self._session).limit(limit)
        return [mail_of(document) for document in found]

    def of_headers(self, header_ids: Collection[str]) -> list[Mail]:
        """The mails with these Message-IDs."""
        if not header_ids:
            return []
        wanted = {"header_id": {"$in": list(header_ids), "$gt": ""}}
        return [mail_of(document) for document in self._db["mails"].find(wanted, session=self._session)]

    def closed(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations in which nothing is sent any more."""
        if not conversation_ids:
            return set()
        wanted = {"_id": {"$in": list(conversation_ids)}}
        found = self._db["closed_conversations"].find(wanted, {"_id": 1}, session=self._session)
        return {document["_id"] for document in found}

    def automatic_to(self, address: str) -> Sequence[datetime]:
        """When automatic mails to this address were counted; who counts writes the same document."""
        document = self._db[COUNTED].find_one({"_id": address}, session=self._session)
        return document["times"] if document else ()

    def count_automatic(self, address: str, times: Sequence[datetime]) -> None:
        """Replace these times."""
        kept = {"times": list(times), "expires_at": max(times) + WINDOW}
        self._db[COUNTED].replace_one({"_id": address}, kept, upsert=True, session=self._session)

    def told_level(self, channel_id: str) -> str:
        """How the desk was last told that sending from this mailbox goes."""
        document = self._db[TOLD].find_one({"_id": channel_id}, session=self._session)
        return str(document["level"]) if document else OK

    def keep_level(self, channel_id: str, level: str) -> None:
        """Remember what the desk is told."""
        self._db[TOLD].replace_one({"_id": channel_id}, {"level": level}, upsert=True, session=self._session)

    def insert(self, mails: Sequence[Mail]) -> None:
        """Add new mails."""
        if mails:
            self._db["mails"].insert_many([mail_document(mail) for mail in mails], session=self._session)

    def save(self, mail: Mail) -> None:
        """Replace an existing mail."""
        self._db["mails"].replace_one({"_id": mail.id}, mail_document(mail), session=self._session)

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox."""
        if events:
            self._db[COLLECTION].insert_many(
                [outbox_document(event) for event in events], session=self._session
            )
