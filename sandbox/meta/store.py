"""What Meta would know: the customers, what was said on their phones, and uploaded media; bounded."""

import hashlib
import itertools
import threading
import time
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sandbox.events import Publisher
from sandbox.meta.numbers import user_id_of

MAX_CUSTOMERS = 100
MAX_MESSAGES_EACH = 200
_SHOWN_EACH = 60
MAX_MEDIA_BYTES = 64 * 2**20
_RANK = {"sending": 0, "accepted": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5}
# So that a new sandbox has somebody to write as.
_FIRST_CUSTOMERS = (("393351032246", "Daniele Asmonti"), ("393475550101", "Anna Rossi"))


@dataclass(slots=True)
class PhoneMessage:
    """A bubble on a customer's phone. `shown` is what to draw; `state` moves only forward."""

    id: str
    wa_id: str
    outgoing: bool  # from the desk to the customer
    at: float
    shown: dict[str, Any]
    state: str
    tracker: str | None = None
    problem: str | None = None
    reply_to: str | None = None
    forwarded: bool = False
    reactions: dict[str, str] = field(default_factory=dict)  # an emoji each of "customer" and "desk"
    edited: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Customer:
    """Somebody with a phone. `last_wrote_at` (Unix seconds) is None until a message reached the gateway;
    `busy_at` grows with each message: those with the smallest are forgotten first."""

    wa_id: str
    name: str
    user_id: str
    busy_at: int
    last_wrote_at: int | None = None
    typing_until: float | None = None  # the desk shows that it writes; Unix seconds
    messages: deque[PhoneMessage] = field(default_factory=lambda: deque(maxlen=MAX_MESSAGES_EACH))

    def line(self) -> dict[str, Any]:
        """The customer without messages."""
        return {
            "wa_id": self.wa_id,
            "name": self.name,
            "user_id": self.user_id,
            "last_wrote_at": self.last_wrote_at,
            "typing_until": self.typing_until,
        }


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded file."""

    id: str
    mime_type: str
    content: bytes
    sha256: str
    filename: str | None = None

    def line(self) -> dict[str, Any]:
        """The file as a bubble names it."""
        return {
            "id": self.id,
            "mime_type": self.mime_type,
            "size": len(self.content),
            "filename": self.filename,
        }


class MetaStore:
    """Customers, messages and media behind one lock; every change is announced to the pages."""

    def __init__(self, events: Publisher) -> None:
        self._events = events
        self._lock = threading.RLock()
        self._customers: dict[str, Customer] = {}
        self._turns = itertools.count()
        self._messages: dict[str, PhoneMessage] = {}
        self._wire: dict[str, dict[str, Any]] = {}
        self._media: OrderedDict[str, Media] = OrderedDict()
        self._media_ids = itertools.count(int(time.time()) * 10_000)
        self.reply_window: Literal["known", "strict", "off"] = "known"
        self.token_valid = True
        for wa_id, name in _FIRST_CUSTOMERS:
            self.customer(wa_id, name)

    def customer(self, wa_id: str, name: str | None = None) -> Customer:
        """The customer with this number, new when unknown; a given `name` replaces the one they had."""
        with self._lock:
            known = self._customers.get(wa_id)
            if known and name in (None, known.name):
                return known
            if known is None:
                if len(self._customers) >= MAX_CUSTOMERS:
                    self._forget(min(self._customers.values(), key=lambda customer: customer.busy_at))
                known = Customer(wa_id, name or f"+{wa_id}", user_id_of(wa_id), next(self._turns))
                self._customers[wa_id] = known
            elif name:
                known.name = name
            self._events.publish("customer", known.line())
            return known

    def by_user_id(self, user_id: str) -> Customer | None:
        """The customer with this business-scoped user id."""
        with self._lock:
            return next((c for c in self._customers.values() if c.user_id == user_id), None)

    def last_wrote_at(self, wa_id: str) -> int | None:
        """When the customer's last message reached the gateway (Unix seconds); None when none did."""
        with self._lock:
            known = self._customers.get(wa_id)
            return known.last_wrote_at if known else None

    def wrote(self, wa_id: str, at: int) -> None:
        """Note that a message of this customer, dated `at` (Unix seconds), reached the gateway."""
        with self._lock:
            customer = self.customer(wa_id)
            customer.last_wrote_at = max(at, customer.last_wrote_at or at)
        self._events.publish("customer", customer.line())

    def add(self, message: PhoneMessage, wire: dict[str, Any] | None = None) -> None:
        """Put a new message on its customer's phone; `wire` is what its webhook says, so that it can be said
        again."""
        with self._lock:
            customer = self.customer(message.wa_id)
            customer.busy_at = next(self._turns)
            messages = customer.messages
            if len(messages) == messages.maxlen:
                self._drop(messages[0].id)
            messages.append(message)
            self._messages[message.id] = message
            if wire is not None:
                self._wire[message.id] = wire
            shown = asdict(message)
        self._events.publish("message", shown)
        if message.outgoing:
            self.desk_types(message.wa_id, None)

    def wire(self, message_id: str) -> dict[str, Any] | None:
        """What the webhook of this message says; None for one of the desk's or a forgotten one."""
        with self._lock:
            return self._wire.get(message_id)

    def change(self, message_id: str, **to: Any) -> None:
        """Change how a message looks (`shown`, `edited`, `deleted`); nothing happens when it is forgotten."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is None:
                return
            for name, value in to.items():
                setattr(message, name, value)
            shown = asdict(message)
        self._events.publish("message", shown)

    def react(self, message_id: str, who: Literal["customer", "desk"], emoji: str) -> None:
        """Put a reaction on a message in the place of an earlier one; without an emoji take it away."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is None:
                return
            kept = {by: mark for by, mark in message.reactions.items() if by != who}
            self.change(message_id, reactions=kept | ({who: emoji} if emoji else {}))

    def desk_read(self, message_id: str) -> None:
        """The desk marked this message of a customer as read, and with it what came before."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is None or message.outgoing:
                return
            for earlier in list(self._customers[message.wa_id].messages):
                if not earlier.outgoing and earlier.state == "accepted":
                    self.advance(earlier.id, "read")
                if earlier is message:
                    break

    def desk_types(self, wa_id: str, until: float | None) -> None:
        """Show on a phone that the desk writes, until this moment (Unix seconds); None ends it."""
        with self._lock:
            customer = self.customer(wa_id)
            if customer.typing_until == until:
                return
            customer.typing_until = until
            line = customer.line()
        self._events.publish("customer", line)

    def get(self, message_id: str) -> PhoneMessage | None:
        """The message with this id, unless it is unknown or forgotten."""
        with self._lock:
            return self._messages.get(message_id)

    def advance(self, message_id: str, state: str, problem: str | None = None) -> None:
        """Move a message on to `state`; a step back is ignored, but a failed one may be tried again."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is None or (_RANK[state] <= _RANK[message.state] and message.state != "failed"):
                return
            message.state, message.problem = state, problem
            shown = asdict(message)
        self._events.publish("message", shown)

    def phones(self) -> list[dict[str, Any]]:
        """Every customer with the newest messages on their phone."""
        with self._lock:
            return [
                {**c.line(), "messages": [asdict(m) for m in list(c.messages)[-_SHOWN_EACH:]]}
                for c in self._customers.values()
            ]

    def keep_media(self, mime_type: str, content: bytes, filename: str | None = None) -> Media:
        """Keep an uploaded file; the oldest files go when all together become too large."""
        with self._lock:
            digest = hashlib.sha256(content).hexdigest()
            media = Media(str(next(self._media_ids)), mime_type, content, digest, filename)
            self._media[media.id] = media
            while sum(len(m.content) for m in self._media.values()) > MAX_MEDIA_BYTES:
                self._media.popitem(last=False)
            return media

    def media(self, media_id: str) -> Media | None:
        """The file with this id."""
        with self._lock:
            return self._media.get(media_id)

    def drop_media(self, media_id: str) -> bool:
        """Forget a file; False when there is none."""
        with self._lock:
            return self._media.pop(media_id, None) is not None

    def _forget(self, customer: Customer) -> None:
        del self._customers[customer.wa_id]
        for message in customer.messages:
            self._drop(message.id)

    def _drop(self, message_id: str) -> None:
        self._messages.pop(message_id, None)
        self._wire.pop(message_id, None)
