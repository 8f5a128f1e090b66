"""What changes in the chats, as the database tells it: one stream of changes for a whole process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pymongo.change_stream import DatabaseChangeStream
from pymongo.database import Database
from pymongo.errors import OperationFailure

from services.webhook_gateway.chat_ports import ChatNews, NewLine, NewsLost, Offered, Seen, Typing
from services.webhook_gateway.store.chat_documents import line
from services.webhook_gateway.store.chats import CHATS, LINES, SIGNALS
from services.webhook_gateway.store.offers import OFFERS, offer_in
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors, is_away

AWAIT_SECONDS: Final = 1.0
_WRITTEN: Final = {"$in": ["insert", "replace"]}
_PIPELINE: Final[list[Document]] = [
    {
        "$match": {
            "$or": [
                {"ns.coll": LINES, "operationType": "insert"},
                {"ns.coll": {"$in": [SIGNALS, OFFERS]}, "operationType": _WRITTEN},
                {"ns.coll": CHATS, "updateDescription.updatedFields.seen": {"$exists": True}},
            ]
        }
    },
    {
        "$project": {
            "ns.coll": 1,
            "documentKey._id": 1,
            "fullDocument": 1,
            "updateDescription.updatedFields.seen": 1,
        }
    },
]


class MongoChatNews:
    """Follows the gateway's own database; see the port NewsSource. For one reader."""

    def __init__(self, db: Database[Document], await_seconds: float = AWAIT_SECONDS) -> None:
        self._db = db
        self._await_ms = int(await_seconds * 1000)
        self._place: Mapping[str, Any] | None = None

    @contextmanager
    def follow(self) -> Iterator[MongoChatNews]:
        """All news from the last place that was reached; the first time from now on."""
        with self._reading():
            stream = self._db.watch(_PIPELINE, resume_after=self._place, max_await_time_ms=self._await_ms)
        with stream:
            self._stream: DatabaseChangeStream[Document] = stream
            self._place = stream.resume_token or self._place
            yield self

    def next(self) -> ChatNews | None:
        """The next ones; None when there were none for AWAIT_SECONDS."""
        with self._reading():
            document = self._stream.try_next()
        if document is None and not self._stream.alive:
            self._place = None
            raise NewsLost("the database ended the stream")
        self._place = self._stream.resume_token or self._place
        return _news(document) if document is not None else None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """NewsLost where the database refuses to go on from the last place; the next time begins anew."""
        with database_errors():
            try:
                yield
            except OperationFailure as error:
                if is_away(error):
                    raise
                self._place = None
                raise NewsLost(str(error)[:300]) from error


def _news(document: Document) -> ChatNews:
    collection, key = document["ns"]["coll"], document["documentKey"]["_id"]
    if collection == LINES:
        return NewLine(document["fullDocument"]["chat"], line(document["fullDocument"]))
    if collection == OFFERS:
        return Offered(offer_in(document["fullDocument"]))
    if collection == SIGNALS:
        return Typing(key, document["fullDocument"].get("name", ""))
    return Seen(key, document["updateDescription"]["updatedFields"]["seen"])
