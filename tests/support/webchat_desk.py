"""The gateway's end of a live chat, in memory: what came, and a handle for tests to act on it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import queue
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from itsdangerous import BadData, URLSafeTimedSerializer

from tests.support.waiting import wait_until

SITE: Final = "site-of-the-tests"
CHANNEL: Final = "webchat-main"
IDENTITY_SECRET: Final = "the secret that the site's own server signs with, 32+"
LIFE_OF_A_TOKEN: Final = 400 * 86_400
OFFER: Final[dict[str, Any]] = {
    "online": True,
    "opens_at": None,
    "people": [{"name": "Anna Rossi", "picture": ""}],
    "language": "en",
    "texts": {},
    "colour": "#0f766e",
    "position": "end",
    "theme": "auto",
    "form": [],
    "form_when": "never",
    "files": True,
    "rating": True,
    "transcript": True,
    "page_context": False,
    "mails": False,
}
"""What `ChatOffered` says when nobody has set anything; `texts` and the labels of `form` are by language."""
CUT: Final = "cut"
BYE: Final = "bye"
REPLACED: Final = "replaced"


def iso(moment: datetime) -> str:
    """A moment as it goes over the wire."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def picture_bytes() -> bytes:
    """The smallest PNG there is."""
    text = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    return base64.b64decode(text)


@dataclass(eq=False)
class Stream:
    """One open stream of a visitor: what goes down it next."""

    visitor: str
    events: queue.Queue[tuple[str, dict[str, Any]] | str] = field(default_factory=queue.Queue)


@dataclass
class Chat:
    """What a visitor sees."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0
    typing_until: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Visitor:
    """Whose token it is."""

    id: str
    verified: bool = False
    name: str = ""


class ChatDesk:
    """A channel of kind webchat. Tests read what came (`messages`, `signs`, …) and speak through `say`.

    `down`: every connection is dropped unanswered. `buffering`: streams are held back as by a proxy that
    waits for the end, `whole` with their headers, `body` without. `planned` answers a door's next requests
    with these statuses, `swallowed` takes so many messages without an answer. `refused` is every 4xx that was
    not planned.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.allowed_origins: set[str] = set()
        self.offer: dict[str, Any] = deepcopy(OFFER)
        self.limits: dict[str, Any] = {"text": 5_000, "file_bytes": 200_000, "files": 5}
        self.public_url = ""
        self.streams_url = ""
        self.down = False
        self.buffering = ""
        self.swallowed = 0
        self.slow_uploads = threading.Event()
        self.slow_uploads.set()
        self.planned: dict[str, list[int]] = defaultdict(list)
        self.chats: dict[str, Chat] = defaultdict(Chat)
        self.visitors: list[Visitor] = []
        self.messages: list[dict[str, Any]] = []
        self.signs: list[dict[str, Any]] = []
        self.details: list[dict[str, Any]] = []
        self.ratings: list[dict[str, Any]] = []
        self.transcripts: list[str] = []
        self.requests: list[str] = []
        self.refused: list[str] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.streams: list[Stream] = []
        self.told: dict[str, dict[str, Any]] = {}
        self._tokens = URLSafeTimedSerializer(IDENTITY_SECRET, salt="sportello.visitor")

    # -- who it is

    def token(self, visitor: Visitor) -> str:
        """A token of this visitor."""
        return self._tokens.dumps({"c": CHANNEL, "v": visitor.id, "n": visitor.name, "e": ""})

    def visitor_of(self, token: str) -> Visitor | None:
        """Whose token it is; None for one that was never given or is of another channel."""
        try:
            said = self._tokens.loads(token, max_age=LIFE_OF_A_TOKEN)
        except BadData:
            return None
        return Visitor(said["v"], said["v"].startswith("u-"), said["n"]) if said["c"] == CHANNEL else None

    def admit(self, old: str, identity: Any) -> Visitor | None:
        """The visitor with this old token or identity, else a new one; None when the identity is refused."""
        known = self.visitor_of(old)
        if identity is not None:
            proven = _proven(identity)
            if proven is None:
                return None
            user, name = proven
            digest = hmac.new(IDENTITY_SECRET.encode(), f"{CHANNEL}\n{user}".encode(), "sha256").hexdigest()
            known = Visitor(f"u-{digest[:32]}", True, name)
        visitor = known or Visitor(f"v-{secrets.token_hex(16)}")
        with self.changed:
            if visitor not in self.visitors:
                self.visitors.append(visitor)
        return visitor

    @property
    def visitor(self) -> str:
        """The latest visitor's id, waited for."""
        wait_until(lambda: bool(self.visitors))
        return self.visitors[-1].id

    # -- what the desk does

    def say(
        self, text: str = "", *, visitor: str = "", name: str = "Anna Rossi", **line: Any
    ) -> dict[str, Any]:
        """A line of the desk's, an agent's unless `author` says otherwise; `files` are ids of `keep_file`."""
        author = {"kind": "agent", "name": name, "picture": ""}
        files = [self.file_of(each) for each in line.pop("files", [])]
        given = {"author": author, "text": text, "id": secrets.token_hex(12), **line, "files": files}
        return self.add_line(visitor or self.visitor, given)

    def add_line(self, visitor: str, given: dict[str, Any]) -> dict[str, Any]:
        """The line as it is kept: numbered, once for each id, told to every stream of the visitor."""
        empty: dict[str, Any] = {
            "client_id": "",
            "at": iso(datetime.now(UTC)),
            "kind": "message",
            "interactive": None,
        }
        blank: dict[str, Any] = {
            "reply_to": "",
            "ticket": "",
            "score": None,
            "by_mail": False,
            "text": "",
            "files": [],
        }
        with self.changed:
            chat = self.chats[visitor]
            known = [each for each in chat.lines if each["id"] == given["id"]]
            if known:
                return known[0]
            line = {"seq": len(chat.lines) + 1, **empty, **blank, **given}
            chat.lines.append(line)
            self._tell(visitor, "line", line)
        return line

    def type(self, name: str = "Anna Rossi", visitor: str = "") -> None:
        """An agent is writing."""
        with self.changed:
            self._tell(visitor or self.visitor, "typing", {"name": name})

    def see(self, seq: int | None = None, visitor: str = "") -> None:
        """The desk has read up to this line (None: the visitor's latest)."""
        with self.changed:
            chat = self.chats[visitor or self.visitor]
            own = [each["seq"] for each in chat.lines if each["author"]["kind"] == "visitor"]
            chat.seen = max(own, default=0) if seq is None else seq
            self._tell(visitor or self.visitor, "seen", {"seq": chat.seen})

    def change_offer(self, **changes: Any) -> None:
        """The offer is another one; those who are connected hear of what an `offer` event holds."""
        with self.changed:
            self.offer.update(changes)
            for visitor in {each.visitor for each in self.streams}:
                self._tell(visitor, "offer", self.availability())

    def availability(self) -> dict[str, Any]:
        """What a stream says of who is there."""
        return {name: self.offer[name] for name in ("online", "opens_at", "people")}

    def keep_file(self, name: str, content: bytes, mime_type: str, kind: str) -> str:
        """The id of a file that lines can hold."""
        blob = secrets.token_hex(16)
        self.files[blob] = {
            "name": name, "content": content, "type": mime_type, "size": len(content), "kind": kind,
        }  # fmt: skip
        return blob

    def keep_picture(self) -> str:
        """The address of a picture of somebody at the desk."""
        blob = self.keep_file("picture", picture_bytes(), "image/png", "image")
        return str(self.file_of(blob)["url"])

    def file_of(self, blob: str) -> dict[str, Any]:
        """A file as lines show it."""
        known = self.files[blob]
        link = f"{self.public_url}/files/{blob}"
        return {**{each: known[each] for each in ("name", "type", "size", "kind")}, "url": link}

    # -- what happens to connections

    def cut(self, how: str = CUT) -> None:
        """Every stream ends, abruptly (CUT) or with a `bye` (BYE)."""
        with self.changed:
            for stream in self.streams:
                stream.events.put(how)

    @contextmanager
    def being_down(self) -> Iterator[None]:
        """Meanwhile nothing is answered, and what was open is cut."""
        self.down = True
        self.cut()
        try:
            yield
        finally:
            self.down = False

    @contextmanager
    def open_stream(self, visitor: str) -> Iterator[Stream]:
        """A stream of this visitor, counted while it is open; the oldest of more than six is replaced."""
        stream = Stream(visitor)
        with self.changed:
            mine = [each for each in self.streams if each.visitor == visitor]
            if len(mine) >= 6:
                mine[0].events.put(REPLACED)
            self.streams.append(stream)
        try:
            yield stream
        finally:
            with self.changed:
                self.streams.remove(stream)

    def connected(self, visitor: str = "") -> int:
        """How many streams this visitor has open."""
        whose = visitor or self.visitor
        with self.changed:
            return sum(each.visitor == whose for each in self.streams)

    def _tell(self, visitor: str, event: str, data: dict[str, Any]) -> None:
        for stream in self.streams:
            if stream.visitor == visitor:
                stream.events.put((event, data))
        self.changed.notify_all()


def signed_identity(user: str, *, name: str = "", email: str = "") -> dict[str, str]:
    """What the site's own server hands to its page for a customer who is logged in."""
    digest = hmac.new(IDENTITY_SECRET.encode(), user.encode(), hashlib.sha256).hexdigest()
    return {"user_id": user, "name": name, "email": email, "hash": digest}


def _proven(identity: Any) -> tuple[str, str] | None:
    """User and name that an identity proves."""
    if isinstance(identity, dict):
        user = str(identity.get("user_id", ""))
        genuine = hmac.compare_digest(signed_identity(user)["hash"], str(identity.get("hash", "")))
        return (user, str(identity.get("name", ""))) if user and genuine else None
    try:
        claims = jwt.decode(identity, IDENTITY_SECRET, ["HS256"], options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError:
        return None
    return claims["sub"], str(claims.get("name", ""))
