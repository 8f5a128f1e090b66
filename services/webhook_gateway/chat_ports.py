"""What live chats are kept in: their lines, what changes in them, who is there, what the desk offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.contracts.chat_offered import ChatOffered
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.contact_erased import ContactErased


class Line(NamedTuple):
    """A line of a chat. `seq` grows by one with each line of its chat, beginning with 1."""

    seq: int
    posted: ChatPosted


class Standing(NamedTuple):
    """The latest line's number, and the number up to which the desk has read; 0 when there is none."""

    seq: int = 0
    seen: int = 0


class Chats(Protocol):
    """The chats' lines, by chat (see `domain.chat.chat_key`). Unavailable when the database is away."""

    def post(self, lines: Sequence[ChatPosted]) -> None:
        """Add lines in their order, each once however often it is posted; none of erased persons."""
        ...

    def signal(self, signs: Sequence[ChatSignalled]) -> None:
        """Keep how far the desk has read, and that it is writing now."""
        ...

    def standing(self, chat: str) -> Standing:
        """How far the chat is."""
        ...

    def after(self, chat: str, seq: int, limit: int) -> list[Line]:
        """The first lines behind this one, oldest first."""
        ...

    def before(self, chat: str, seq: int | None, limit: int) -> list[Line]:
        """The last lines ahead of this one (None: of all), oldest first."""
        ...

    def adopt(self, channel_id: str, visitor_id: str, former: Collection[str]) -> None:
        """Bring the lines of former anonymous visitors into this visitor's chat, behind what is there.

        What is posted to a former one from now on goes there as well. One whom another visitor has adopted
        already is left alone.
        """
        ...

    def forget(self, persons: Sequence[ContactErased]) -> None:
        """Erase all lines of these persons, and let none that is older come back."""
        ...


@dataclass(frozen=True, slots=True)
class NewLine:
    """A chat has one more line."""

    chat: str
    line: Line


@dataclass(frozen=True, slots=True)
class Seen:
    """The desk has read a chat up to this line."""

    chat: str
    seq: int


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody of the desk is writing in a chat; the name is empty when it is not known."""

    chat: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A channel offers something else now."""

    offer: ChatOffered


ChatNews = NewLine | Seen | Typing | Offered


class NewsLost(Exception):
    """What happened since the last news cannot be told: what is shown must be read again."""


class Following(Protocol):
    """News in the order in which they happened."""

    def next(self) -> ChatNews | None:
        """The next ones; None when there were none for about a second. NewsLost, Unavailable."""
        ...


class NewsSource(Protocol):
    """Where news come from."""

    def follow(self) -> AbstractContextManager[Following]:
        """All news from the last place reached; the first time from now on. NewsLost, Unavailable."""
        ...


class Offers(Protocol):
    """What the desk offers on each channel. Unavailable when the database is away."""

    def keep(self, offers: Sequence[ChatOffered]) -> None:
        """Keep each, unless a later one of its channel is there."""
        ...

    def get(self, channel_id: str) -> ChatOffered | None:
        """What a channel offers; None when the desk has not said yet."""
        ...


class Uploads(Protocol):
    """Files that visitors sent, each until a message names it. Unavailable when the database is away."""

    def begin(self, blob_id: str, at: datetime) -> None:
        """Remember a file; called before it is stored, so that none is forgotten with its process."""
        ...

    def name(self, blob_ids: Collection[str], at: datetime) -> set[str]:
        """A message names these: nobody removes them any more. Those that are removed already, or now."""
        ...

    def claim(self, before: datetime, limit: int) -> list[str]:
        """Files from before this time that no message named: from now on none can. The oldest first.

        Those that somebody claimed and did not remove are among them.
        """
        ...

    def removed(self, blob_ids: Collection[str], at: datetime) -> None:
        """These claimed ones are not stored any more."""
        ...


@dataclass(frozen=True, slots=True)
class Guest:
    """A visitor who has the chat open. `name` and `email` are those the site's server vouched for."""

    channel_id: str
    visitor_id: str
    former: tuple[str, ...] = field(default=())
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A visitor of whom the desk has not heard yet that they are `there`, or are not any more."""

    guest: Guest
    there: bool
    since: datetime


class Presence(Protocol):
    """Who has a chat open in which process. Unavailable when the database is away."""

    def mark(self, process: str, came: Collection[Guest], left: Collection[str], now: datetime) -> None:
        """In this process these visitors opened a chat, and these chats have no page here any more."""
        ...

    def beat(self, process: str, now: datetime) -> bool:
        """This process lives; False when it was thought dead, and what it marked is forgotten."""
        ...

    def retire(self, process: str, now: datetime) -> None:
        """This process ends: who is not back soon somewhere else has left."""
        ...

    def sweep(self, now: datetime) -> None:
        """Forget what processes marked that have shown no sign of life for too long."""
        ...

    def untold(self, limit: int) -> list[Change]:
        """Those of whom the desk does not know how they are now."""
        ...

    def told(self, changes: Sequence[Change]) -> None:
        """The desk knows of these now; who changed again meanwhile is untold again."""
        ...
