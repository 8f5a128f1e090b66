"""The in-memory twins of what live chats are kept in."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import gevent

from services.webhook_gateway.chat_ports import Change, ChatNews, Guest, Line, Standing
from services.webhook_gateway.domain.chat import chat_key, is_anonymous, is_visitor
from services.webhook_gateway.store.chat_presence import DEAD_AFTER, RETIRED_FOR
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.contact_erased import ContactErased
from shared.contracts.presence_requested import READ
from shared.messaging.message import Unavailable


@dataclass
class _Chat:
    seq: int = 0
    seen: int = 0
    moved_to: str = ""
    lines: list[Line] = field(default_factory=list)

    def add(self, posted: ChatPosted) -> None:
        self.seq += 1
        self.lines.append(Line(self.seq, posted))


class MemoryChats:
    """Chats in a dict. `away`: be away until it is set back."""

    def __init__(self) -> None:
        self.away = False
        self.typing: dict[str, datetime] = {}
        self._chats: dict[str, _Chat] = {}
        self._erased: dict[str, datetime] = {}

    def post(self, lines: Sequence[ChatPosted]) -> None:
        """Add lines in their order, each once."""
        self._meet()
        for line in lines:
            known = any(
                (line.channel_id, line.line_id) == (one.posted.channel_id, one.posted.line_id)
                for chat in self._chats.values()
                for one in chat.lines
            )
            erased = self._erased.get(line.visitor_id)
            if not known and (erased is None or line.at > erased):
                self._chat(chat_key(line.channel_id, line.visitor_id)).add(line)

    def signal(self, signs: Sequence[ChatSignalled]) -> None:
        """Keep how far the desk has read, and that it is writing now."""
        self._meet()
        for sign in signs:
            key = chat_key(sign.channel_id, sign.visitor_id)
            chat = self._chat(key)
            if sign.sign == READ:
                seqs = [line.seq for line in chat.lines if line.posted.line_id == sign.line_id]
                chat.seen = max([chat.seen, *seqs])
            else:
                self.typing[chat.moved_to or key] = sign.at

    def standing(self, chat: str) -> Standing:
        """How far the chat is."""
        self._meet()
        found = self._chats.get(chat, _Chat())
        return Standing(found.seq, found.seen)

    def after(self, chat: str, seq: int, limit: int) -> list[Line]:
        """The first lines behind this one."""
        self._meet()
        return [line for line in self._lines(chat) if line.seq > seq][:limit]

    def before(self, chat: str, seq: int | None, limit: int) -> list[Line]:
        """The last lines ahead of this one."""
        self._meet()
        return [line for line in self._lines(chat) if seq is None or line.seq < seq][-limit:]

    def adopt(self, channel_id: str, visitor_id: str, former: Collection[str]) -> None:
        """Bring the lines of former anonymous visitors into this visitor's chat."""
        self._meet()
        if is_anonymous(visitor_id):
            return
        target = chat_key(channel_id, visitor_id)
        for one in filter(is_anonymous, former):
            source = self._chats.setdefault(chat_key(channel_id, one), _Chat())
            if not source.moved_to:
                source.moved_to = target
                adopting = self._chats.setdefault(target, _Chat())
                for line in source.lines:
                    adopting.add(line.posted)
                    adopting.seen = adopting.seq if line.seq <= source.seen else adopting.seen
                source.lines.clear()

    def forget(self, persons: Sequence[ContactErased]) -> None:
        """Erase all lines of these persons."""
        self._meet()
        for person in persons:
            for who in filter(is_visitor, person.addresses):
                self._erased[who] = max(person.erased_at, self._erased.get(who, person.erased_at))
                for chat in self._chats.values():
                    chat.lines = [
                        line
                        for line in chat.lines
                        if line.posted.visitor_id != who or line.posted.at > self._erased[who]
                    ]

    def _chat(self, key: str) -> _Chat:
        found = self._chats.setdefault(key, _Chat())
        return self._chats.setdefault(found.moved_to, _Chat()) if found.moved_to else found

    def _lines(self, chat: str) -> list[Line]:
        return self._chats.get(chat, _Chat()).lines

    def _meet(self) -> None:
        if self.away:
            raise Unavailable("told to be away")


class MemoryOffers:
    """Offers in a dict. `away`: be away until it is set back."""

    def __init__(self) -> None:
        self.away = False
        self.offers: dict[str, ChatOffered] = {}

    def keep(self, offers: Sequence[ChatOffered]) -> None:
        """Keep each, unless a later one of its channel is there."""
        for offer in offers:
            known = self.offers.get(offer.channel_id)
            if known is None or offer.revision > known.revision:
                self.offers[offer.channel_id] = offer

    def get(self, channel_id: str) -> ChatOffered | None:
        """What a channel offers."""
        if self.away:
            raise Unavailable("told to be away")
        return self.offers.get(channel_id)


class MemoryPresence:
    """Who is where, in a dict. `away`: be away until it is set back."""

    def __init__(self) -> None:
        self.away = False
        self._guests: dict[str, Guest] = {}
        self._here: dict[str, set[str]] = {}
        self._since: dict[str, datetime] = {}
        self._told: dict[str, bool] = {}
        self._beats: dict[str, datetime] = {}

    def mark(self, process: str, came: Collection[Guest], left: Collection[str], now: datetime) -> None:
        """In this process these came, and these have left."""
        self._meet()
        for key in left:
            self._take(key, {process}, now)
        for guest in came:
            key = chat_key(guest.channel_id, guest.visitor_id)
            self._guests[key] = guest
            self._here.setdefault(key, set()).add(process)
            self._since[key] = now

    def beat(self, process: str, now: datetime) -> bool:
        """This process lives."""
        self._meet()
        known = process in self._beats
        self._beats[process] = now
        return known

    def retire(self, process: str, now: datetime) -> None:
        """This process ends."""
        self._meet()
        if process in self._beats:
            self._beats[process] = now - DEAD_AFTER + RETIRED_FOR

    def sweep(self, now: datetime) -> None:
        """Forget what processes marked that are silent."""
        self._meet()
        dead = {process for process, at in self._beats.items() if at < now - DEAD_AFTER}
        for key in list(self._here):
            if self._here[key] & dead:
                self._take(key, dead, now)
        for process in dead:
            del self._beats[process]

    def untold(self, limit: int) -> list[Change]:
        """Those of whom the desk does not know how they are now."""
        self._meet()
        found = [
            Change(self._guests[key], bool(here), self._since[key])
            for key, here in self._here.items()
            if bool(here) != self._told.get(key, False)
        ]
        return found[:limit]

    def told(self, changes: Sequence[Change]) -> None:
        """The desk knows of these now."""
        self._meet()
        for change in changes:
            self._told[chat_key(change.guest.channel_id, change.guest.visitor_id)] = change.there

    def _take(self, key: str, processes: set[str], now: datetime) -> None:
        if key in self._here:
            self._here[key] -= processes
            self._since[key] = now

    def _meet(self) -> None:
        if self.away:
            raise Unavailable("told to be away")


class MemoryNews:
    """News put in by a test; `fail` is raised instead of the next ones."""

    def __init__(self) -> None:
        self.waiting: deque[ChatNews | Exception] = deque()
        self.begun = 0

    @contextmanager
    def follow(self) -> Iterator[MemoryNews]:
        """All that is put in."""
        self.begun += 1
        yield self

    def next(self) -> ChatNews | None:
        """The next ones; lets others run first."""
        gevent.sleep(0.001)
        if not self.waiting:
            return None
        found = self.waiting.popleft()
        if isinstance(found, Exception):
            raise found
        return found
