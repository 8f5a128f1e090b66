"""The mails in MongoDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from pymongo import ASCENDING, MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.notifier.domain.content import File
from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import DONE, Mail, Mailbox
from services.notifier.ports import T
from services.notifier.store.documents import Document
from services.notifier.store.repeat import until_decided
from shared.contracts.envelope import Event
from shared.mongo.transactions import database_errors
from shared.outbox.entry import COLLECTION, outbox_document
from shared.runtime.clock import utc_now

REMEMBERED: Final = timedelta(days=30)
"""For as long a request that comes again is known to be done."""
_BESIDE: Final = ("_id", "open", "expires_at", "recipients")
"""What a document has besides the mail's own fields."""


class MongoMailStore:
    """Mails and the outbox of one database."""

    def __init__(self, client: MongoClient[Document], db: Database[Document]) -> None:
        self._client = client
        self._db = db

    def prepare(self) -> None:
        """Create the indexes (again and again without harm)."""
        with database_errors():
            mails = self._db["mails"]
            mails.create_index("due_at", name="due", partialFilterExpression={"open": True})
            mails.create_index("recipients", name="by_recipient")
            of_message = {"message_id": {"$gt": ""}}
            mails.create_index("message_id", name="by_message", partialFilterExpression=of_message)
            mails.create_index("expires_at", name="expiry", expireAfterSeconds=0)

    def transact(self, work: Callable[[MongoMailTransaction], T]) -> T:
        """Run `work` in one transaction, again when others wrote the same documents meanwhile."""
        return until_decided(self._client, lambda session: work(MongoMailTransaction(self._db, session)))

    def claim(self, claim: str, now: datetime, until: datetime) -> Mail | None:
        """The mail that has been due for longest, moved on to `until` in the same step."""
        with database_errors():
            document = self._db["mails"].find_one_and_update(
                {"open": True, "due_at": {"$lte": now}},
                {"$set": {"due_at": until, "claim": claim}},
                sort=[("due_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return _mail_of(document) if document else None


class MongoMailTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, db: Database[Document], session: ClientSession) -> None:
        self._db = db
        self._session = session

    def load(self, mail_ids: Collection[str]) -> dict[str, Mail]:
        """The mails that are known."""
        found = self._db["mails"].find({"_id": {"$in": list(mail_ids)}}, session=self._session)
        return {document["_id"]: _mail_of(document) for document in found}

    def of_messages(self, message_ids: Collection[str]) -> list[Mail]:
        """All mails that carried any of these messages."""
        if not message_ids:
            return []
        wanted = {"message_id": {"$in": list(message_ids), "$gt": ""}}
        return [_mail_of(document) for document in self._db["mails"].find(wanted, session=self._session)]

    def to_any(self, addresses: Collection[str], limit: int) -> list[Mail]:
        """Mails to any of these addresses."""
        wanted = {"recipients": {"$in": list(addresses)}}
        found = self._db["mails"].find(wanted, session=self._session).limit(limit)
        return [_mail_of(document) for document in found]

    def insert(self, mails: Sequence[Mail]) -> None:
        """Add new mails."""
        if mails:
            self._db["mails"].insert_many([_document(mail) for mail in mails], session=self._session)

    def save(self, mail: Mail) -> None:
        """Replace an existing mail."""
        self._db["mails"].replace_one({"_id": mail.id}, _document(mail), session=self._session)

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox."""
        if events:
            self._db[COLLECTION].insert_many(
                [outbox_document(event) for event in events], session=self._session
            )


def _document(mail: Mail) -> Document:
    """What has addresses or headers as keys is stored as text: a dot in them must not upset the store."""
    document: Document = asdict(replace(mail, headers={}, refused={}))
    document["_id"] = document.pop("id")
    # By these it is found, however somebody wrote the address.
    document["recipients"] = sorted({one.address.casefold() for one in (*mail.to, *mail.cc)})
    document |= {"headers": json.dumps(dict(mail.headers)), "refused": json.dumps(dict(mail.refused))}
    if mail.stage == DONE:
        return document | {"open": False, "expires_at": utc_now() + REMEMBERED}
    return document | {"open": True}


def _mail_of(document: Document) -> Mail:
    plain = {name: value for name, value in document.items() if name not in _BESIDE}
    sender, reply_to, failure = plain["sender"], plain["reply_to"], plain["failure"]
    return Mail(
        **plain
        | {
            "id": document["_id"],
            "to": tuple(Mailbox(**one) for one in plain["to"]),
            "cc": tuple(Mailbox(**one) for one in plain["cc"]),
            "left": tuple(plain["left"]),
            "taken": tuple(plain["taken"]),
            "sender": sender and Mailbox(**sender),
            "reply_to": reply_to and Mailbox(**reply_to),
            "files": tuple(File(**one) for one in plain["files"]),
            "headers": json.loads(plain["headers"]),
            "refused": json.loads(plain["refused"]),
            "failure": failure and Failure(**failure),
        }
    )
