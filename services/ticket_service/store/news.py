"""What changes in the desk's database, as the database tells it: small, in order, from any place on."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pymongo
from pymongo.change_stream import DatabaseChangeStream
from pymongo.database import Database
from pymongo.errors import InvalidOperation, OperationFailure

from services.ticket_service.domain import news as kinds
from services.ticket_service.domain.news import News
from services.ticket_service.store import collections as names
from services.ticket_service.store.sessions import SESSIONS
from shared.messaging.message import Unavailable
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors, is_away

AWAIT_SECONDS: Final = 1.0
OLDEST_SECONDS: Final = 900
CATCH_UP_SECONDS: Final = 3.0
"""What is older, or takes longer to be found, nobody looks for: the page is read again, which costs less."""
_CATCH_UP_AWAIT: Final = 0.05
_WATCHED: Final = (
    *(names.TICKETS, names.MESSAGES, names.CONVERSATIONS, names.ATTACHMENTS),
    *(names.VIEWING, names.TYPING, names.USERS, SESSIONS),
)
_DOORS: Final = (names.USERS, SESSIONS)
_TELLING: Final = {names.VIEWING: ["typing", "came_at"]}
"""Of some things only these fields are news: a heartbeat is none."""
_UNTOLD: Final = frozenset(
    {"version", "words", "search", "number_key", "listed", "updated_at", "last_action_at"}
)
_FIELDS: Final = {"$map": {"input": {"$objectToArray": "$updateDescription.updatedFields"}, "in": "$$this.k"}}
# No document and no text leaves the database: the names of what changed are enough to look things up.
_PIPELINE: Final[list[Document]] = [
    {
        "$match": {
            "ns.coll": {"$in": list(_WATCHED)},
            "operationType": {"$in": ["insert", "update", "replace", "delete"]},
        }
    },
    {
        "$project": {
            "ns.coll": 1,
            "operationType": 1,
            "documentKey._id": 1,
            "fields": {"$cond": [{"$eq": ["$operationType", "update"]}, _FIELDS, []]},
        }
    },
    {
        "$match": {
            "$or": [
                {"operationType": {"$ne": "update"}},
                {"ns.coll": {"$nin": [*_TELLING, SESSIONS]}},
                *({"ns.coll": name, "fields": {"$in": fields}} for name, fields in _TELLING.items()),
                {"ns.coll": SESSIONS, "fields": {"$nin": [["last_seen_at"], ["present_at"]]}},
            ]
        }
    },
]


class PlaceLost(Exception):
    """The database does not remember that place any more, or never knew it."""


class SourceClosed(Exception):
    """The connection was closed from our side: nothing will come any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: which document of which collection, what was done with it, which fields it concerned."""

    collection: str
    id: str
    operation: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What some changes mean to open pages, and the ids of users and sessions that were changed or ended."""

    news: News
    doors: frozenset[str]


class Following:
    """The changes after a place, in order. `position` is where it is now: places can be compared as text."""

    def __init__(self, stream: DatabaseChangeStream[Document]) -> None:
        self._stream = stream
        self.position = _place(stream)

    def next(self) -> Change | None:
        """The next change; None when there was none for AWAIT_SECONDS.

        PlaceLost, SourceClosed, Unavailable.
        """
        with _following():
            document = self._stream.try_next()
        if document is None:
            if not self._stream.alive:
                raise PlaceLost("the database ended the stream")
            self.position = _place(self._stream) or self.position
            return None
        self.position = document["_id"]["_data"]
        return _change(document)


class NewsSource:
    """Reads what changed. Every method raises Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    @contextmanager
    def follow(self, after: str = "", await_seconds: float = AWAIT_SECONDS) -> Iterator[Following]:
        """All changes after a place, or from now on. PlaceLost."""
        place = {"_data": after} if after else None
        with _following():
            stream = self._db.watch(
                _PIPELINE, resume_after=place, max_await_time_ms=int(await_seconds * 1000)
            )
        with stream:
            yield Following(stream)

    def between(self, after: str, until: str) -> News:
        """What happened after one place and up to another; a gap when it is too much, or forgotten."""
        if _seconds(until) - _seconds(after) > OLDEST_SECONDS:
            return News(gap=True)
        changes: list[Change] = []
        given_up_at = time.monotonic() + CATCH_UP_SECONDS
        try:
            with pymongo.timeout(CATCH_UP_SECONDS), self.follow(after, _CATCH_UP_AWAIT) as following:
                while following.position < until and len(changes) <= kinds.MOST_THINGS:
                    reached, change = following.position, following.next()
                    if change is not None:
                        changes.append(change)
                    elif following.position == reached:
                        break  # nothing more is there: a new stream's place lies behind the last change
                    if time.monotonic() > given_up_at:
                        return News(gap=True)
        except PlaceLost:
            return News(gap=True)
        except Unavailable:
            if time.monotonic() > given_up_at:
                return News(gap=True)
            raise
        return self.told(changes).news

    def told(self, changes: Collection[Change]) -> Told:
        """What the changes mean; looks up how the things are now, once per collection."""
        news = News()
        seen = _by_collection(changes)
        if sum(map(len, seen.values())) > kinds.MOST_THINGS:
            news.lose()
        else:
            self._tell(news, seen)
        doors = frozenset(each.id for each in changes if each.collection in _DOORS)
        return Told(news, doors)

    def _tell(self, news: News, seen: dict[str, dict[str, set[str]]]) -> None:
        messages = dict(seen.get(names.MESSAGES, {}))
        files = self._found(names.ATTACHMENTS, seen.get(names.ATTACHMENTS, {}), ("message_id",))
        for file in files.values():
            if file.get("message_id"):
                messages[file["message_id"]] = messages.get(file["message_id"], set()) | {"files"}
        shown = ("ticket_id", "conversation_id", "direction", "kind", "content.mentions", "author.id")
        said = self._found(names.MESSAGES, messages, shown)
        changed = seen.get(names.TICKETS, {})
        concerned = {*changed, *(each["ticket_id"] for each in said.values() if each.get("ticket_id"))}
        tickets = self._found(names.TICKETS, concerned, ("number", "status", "assignee"))
        for id_, what in changed.items():
            news.add(kinds.TICKETS, id_, _ticket(tickets.get(id_, {})), what)
        waiting = self._waiting(said.values())
        for id_, what in messages.items():
            message = said.get(id_, {})
            ticket = tickets.get(message.get("ticket_id") or "", {})
            facts = _message(message, ticket) | {"waiting": waiting(message)}
            news.add(kinds.MESSAGES, id_, facts, what)
        for id_, what in seen.get(names.CONVERSATIONS, {}).items():
            news.add(kinds.CONVERSATIONS, id_, {}, what)
        for id_, what in seen.get(names.TYPING, {}).items():
            if what != {"removed"}:  # that it is forgotten is no news: pages know how long a sign lasts
                news.add(kinds.TYPING, id_, {}, ())
        viewing = seen.get(names.VIEWING, {})
        viewers = self._found(names.VIEWING, viewing, ("name", "typing"))
        for id_ in viewing:
            number, _, user_id = id_.rpartition(":")
            there = viewers.get(id_)
            facts = {"number": number, "user_id": user_id, "left": there is None, **_viewer(there)}
            news.add(kinds.PRESENCE, id_, facts, ())

    def _waiting(self, said: Iterable[Document]) -> Callable[[Document], bool]:
        """Says of each of these messages whether its live chat waits for somebody to come."""
        free = {each.get("conversation_id") or "" for each in said if not each.get("ticket_id")}
        talks = self._found(names.CONVERSATIONS, free, ("waiting_since",))

        def waits(message: Document) -> bool:
            talk = talks.get(message.get("conversation_id") or "", {})
            return not message.get("ticket_id") and talk.get("waiting_since") is not None

        return waits

    def _found(self, name: str, ids: Iterable[str], fields: Collection[str]) -> dict[str, Document]:
        wanted = sorted(ids)
        if not wanted:
            return {}
        with database_errors():
            documents = self._db[name].find({"_id": {"$in": wanted}}, dict.fromkeys(fields, 1))
            return {each["_id"]: each for each in documents}


def _by_collection(changes: Iterable[Change]) -> dict[str, dict[str, set[str]]]:
    seen: dict[str, dict[str, set[str]]] = {}
    for each in changes:
        what = seen.setdefault(each.collection, {}).setdefault(each.id, set())
        what |= each.fields - _UNTOLD
        if each.operation != "update":
            what.add({"insert": "made", "delete": "removed"}.get(each.operation, "changed"))
    return seen


def _ticket(document: Document) -> dict[str, Any]:
    return {name: document.get(name) for name in ("number", "status", "assignee")}


def _message(message: Document, ticket: Document) -> dict[str, Any]:
    facts = {name: message.get(name) for name in ("ticket_id", "conversation_id", "direction", "kind")}
    content = message.get("content") or {}
    author = message.get("author") or {}
    about = {"number": ticket.get("number"), "assignee": ticket.get("assignee")}
    return facts | about | {"author": author.get("id"), "mentions": content.get("mentions", [])}


def _viewer(document: Document | None) -> dict[str, Any]:
    return {"name": document["name"], "typing": document["typing"]} if document else {}


def _change(document: Document) -> Change:
    fields = frozenset(each.partition(".")[0] for each in document["fields"])
    place = document["ns"]["coll"], str(document["documentKey"]["_id"])
    return Change(*place, document["operationType"], fields)


def _seconds(place: str) -> int:
    """The time in a place, seconds since 1970; 0 in what is none.

    MongoDB's tokens begin with the kind of a timestamp (82) and its seconds, big endian, in hexadecimal.
    """
    try:
        return int(place[2:10], 16)
    except ValueError:
        return 0


def _place(stream: DatabaseChangeStream[Document]) -> str:
    token = stream.resume_token
    return str(token["_data"]) if token else ""


@contextmanager
def _following() -> Iterator[None]:
    """PlaceLost where the database refuses to go on from there, Unavailable, SourceClosed."""
    with database_errors():
        try:
            yield
        except InvalidOperation as error:
            raise SourceClosed(str(error)) from error
        except OperationFailure as error:
            if is_away(error):
                raise
            raise PlaceLost(str(error)[:300]) from error
