"""Live chats in MongoDB: a chat counts its lines, and a line is saved together with the number it got."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from pymongo import ASCENDING, DESCENDING, MongoClient, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.webhook_gateway.chat_ports import Line, Standing
from services.webhook_gateway.domain.chat import KEPT, chat_key, is_anonymous, is_visitor
from services.webhook_gateway.store import chat_documents as documents
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.contact_erased import ContactErased
from shared.contracts.presence_requested import READ, TYPING
from shared.messaging.message import Unavailable
from shared.mongo.connect import Document
from shared.mongo.transactions import WriteConflict, database_errors, in_transaction

CHATS: Final = "chats"
LINES: Final = "chat_lines"
SIGNALS: Final = "chat_signals"
ERASURES: Final = "chat_erasures"
MOST_ADOPTED: Final = 1_000
_TRIES: Final = 20
_SECONDS_KEPT: Final = int(KEPT.total_seconds())
_DAY: Final = 86_400


class MongoChats:
    """The collections `chats`, `chat_lines`, `chat_signals`, `chat_erasures`; see the port Chats."""

    def __init__(
        self, client: MongoClient[Document], db: Database[Document], clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._chats, self._lines = db[CHATS], db[LINES]
        self._signals, self._erasures = db[SIGNALS], db[ERASURES]
        self._clock = clock
        self._prepared = False

    def post(self, lines: Sequence[ChatPosted]) -> None:
        """Add lines in their order, each once."""
        self._prepare()
        wanted = self._unbarred(lines)
        if wanted:
            self._decide(partial(self._add, wanted))
            # Erased between the look above and the commit: then the eraser may have been here too early.
            if len(self._unbarred(wanted)) < len(wanted):
                with database_errors():
                    self._remove({line.visitor_id for line in wanted})

    def signal(self, signs: Sequence[ChatSignalled]) -> None:
        """Keep how far the desk has read, and that it is writing now."""
        self._prepare()
        read = {documents.line_key(sign.channel_id, sign.line_id) for sign in signs if sign.sign == READ}
        keys = {chat_key(sign.channel_id, sign.visitor_id): sign for sign in signs if sign.sign == TYPING}
        with database_errors():
            if read:
                found = self._lines.find({"_id": {"$in": sorted(read)}}, {"chat": 1, "seq": 1})
                seen = [UpdateOne({"_id": one["chat"]}, {"$max": {"seen": one["seq"]}}) for one in found]
                if seen:
                    self._chats.bulk_write(seen, ordered=False)
            if keys:
                moved = self._moved(keys)
                self._signals.bulk_write(
                    [
                        ReplaceOne(
                            {"_id": moved.get(key, key)}, {"at": sign.at, "name": sign.author}, upsert=True
                        )
                        for key, sign in keys.items()
                    ],
                    ordered=False,
                )

    def standing(self, chat: str) -> Standing:
        """How far the chat is."""
        with database_errors():
            found = self._chats.find_one({"_id": chat}, {"seq": 1, "seen": 1})
        return Standing(found.get("seq", 0), found.get("seen", 0)) if found else Standing()

    def after(self, chat: str, seq: int, limit: int) -> list[Line]:
        """The first lines behind this one, oldest first."""
        with database_errors():
            found = self._lines.find({"chat": chat, "seq": {"$gt": seq}})
            return [documents.line(one) for one in found.sort("seq", ASCENDING).limit(limit)]

    def before(self, chat: str, seq: int | None, limit: int) -> list[Line]:
        """The last lines ahead of this one, oldest first."""
        earlier: Document = {} if seq is None else {"seq": {"$lt": seq}}
        with database_errors():
            found = self._lines.find({"chat": chat, **earlier}).sort("seq", DESCENDING).limit(limit)
            return [documents.line(one) for one in found][::-1]

    def adopt(self, channel_id: str, visitor_id: str, former: Collection[str]) -> None:
        """Bring the lines of former anonymous visitors into this visitor's chat, behind what is there."""
        keys = {chat_key(channel_id, one) for one in former if is_anonymous(one) and one != visitor_id}
        if not keys or is_anonymous(visitor_id):
            return
        self._prepare()
        with database_errors():
            settled = self._chats.find(
                {"_id": {"$in": sorted(keys)}, "moved_to": {"$exists": True}}, {"_id": 1}
            )
            open_ = sorted(keys - {one["_id"] for one in settled})
        for key in open_:
            self._decide(partial(self._move, key, chat_key(channel_id, visitor_id)))

    def forget(self, persons: Sequence[ContactErased]) -> None:
        """Erase all lines of these persons, and let none that is older come back."""
        self._prepare()
        erased = {
            address: person.erased_at
            for person in persons
            for address in person.addresses
            if is_visitor(address)
        }
        if not erased:
            return
        with database_errors():
            self._erasures.bulk_write(
                [UpdateOne({"_id": who}, {"$max": {"at": at}}, upsert=True) for who, at in erased.items()],
                ordered=False,
            )
            self._remove(erased)

    def _decide(self, work: Callable[[ClientSession], None]) -> None:
        for attempt in range(_TRIES):
            try:
                in_transaction(self._client, work)
            except WriteConflict:
                time.sleep(random.uniform(0, 0.01 * (attempt + 1)))  # noqa: S311 - jitter, not a secret
            else:
                return
        raise Unavailable("the same chats are changed by somebody else again and again")

    def _add(self, lines: Sequence[ChatPosted], session: ClientSession) -> None:
        by_key: dict[str, ChatPosted] = {}
        for line in lines:
            by_key.setdefault(documents.line_key(line.channel_id, line.line_id), line)
        known = self._lines.find({"_id": {"$in": sorted(by_key)}}, {"_id": 1}, session=session)
        there = {one["_id"] for one in known}
        moved = self._moved({chat_key(line.channel_id, line.visitor_id) for line in lines}, session)
        new: list[tuple[str, str, ChatPosted]] = []
        for key, line in by_key.items():
            chat = chat_key(line.channel_id, line.visitor_id)
            if key not in there:
                new.append((key, moved.get(chat, chat), line))
        if not new:
            return
        now, counts = self._clock(), self._counts({chat for _, chat, _ in new}, session)
        made: list[Document] = []
        for key, chat, line in new:
            counts[chat] += 1
            made.append(documents.line_document(key, chat, counts[chat], line, now))
        self._count(counts, now, session)
        self._lines.insert_many(made, session=session)

    def _move(self, source: str, target: str, session: ClientSession) -> None:
        old = self._chats.find_one({"_id": source}, session=session) or {}
        if old.get("moved_to"):
            return
        now = self._clock()
        self._chats.update_one(
            {"_id": source}, {"$set": {"moved_to": target, "touched_at": now}}, upsert=True, session=session
        )
        newest = self._lines.find({"chat": source}, session=session).sort("seq", DESCENDING)
        lines = list(newest.limit(MOST_ADOPTED))[::-1]
        counts, seen = self._counts({target}, session), 0
        for line in lines:
            counts[target] += 1
            seen = counts[target] if line["seq"] <= old.get("seen", 0) else seen
            line |= {"chat": target, "seq": counts[target]}
        if lines:
            # Deleted and inserted, not updated: to those who listen they are new lines of this chat.
            self._lines.delete_many({"chat": source}, session=session)
            self._lines.insert_many(lines, session=session)
            self._count(counts, now, session)
            self._chats.update_one({"_id": target}, {"$max": {"seen": seen}}, session=session)

    def _counts(self, chats: Collection[str], session: ClientSession) -> dict[str, int]:
        found = self._chats.find({"_id": {"$in": sorted(chats)}}, {"seq": 1}, session=session)
        return dict.fromkeys(chats, 0) | {one["_id"]: one.get("seq", 0) for one in found}

    def _count(self, counts: dict[str, int], now: datetime, session: ClientSession) -> None:
        self._chats.bulk_write(
            [
                UpdateOne({"_id": chat}, {"$set": {"seq": seq, "touched_at": now}}, upsert=True)
                for chat, seq in counts.items()
            ],
            session=session,
        )

    def _moved(self, chats: Collection[str], session: ClientSession | None = None) -> dict[str, str]:
        found = self._chats.find(
            {"_id": {"$in": sorted(chats)}, "moved_to": {"$exists": True}}, {"moved_to": 1}, session=session
        )
        return {one["_id"]: one["moved_to"] for one in found}

    def _unbarred(self, lines: Sequence[ChatPosted]) -> list[ChatPosted]:
        with database_errors():
            found = self._erasures.find({"_id": {"$in": sorted({line.visitor_id for line in lines})}})
            erased = {one["_id"]: one["at"] for one in found}
        return [line for line in lines if line.visitor_id not in erased or line.at > erased[line.visitor_id]]

    def _remove(self, visitors: Collection[str]) -> None:
        """The lines of these visitors that are not younger than their erasure, whosever chat they are in."""
        for erased in self._erasures.find({"_id": {"$in": sorted(visitors)}}):
            self._lines.delete_many({"visitor": erased["_id"], "at": {"$lte": erased["at"]}})

    def _prepare(self) -> None:
        """Indexes, before the first write of this process; what nobody touches any more goes by itself."""
        if self._prepared:
            return
        with database_errors():
            self._lines.create_index([("chat", ASCENDING), ("seq", ASCENDING)], unique=True)
            self._lines.create_index("visitor")
            self._lines.create_index("kept_at", expireAfterSeconds=_SECONDS_KEPT)
            # A day later than the last of its lines: numbers must not begin again while one is there.
            self._chats.create_index("touched_at", expireAfterSeconds=_SECONDS_KEPT + _DAY)
            self._signals.create_index("at", expireAfterSeconds=_DAY)
            self._erasures.create_index("at", expireAfterSeconds=_SECONDS_KEPT)
        self._prepared = True
