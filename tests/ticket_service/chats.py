"""A desk with a live chat and a mailbox on a store in memory, and a visitor who writes there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.ticket_service.act.visitors import apply_visits
from services.ticket_service.acting import Desk
from services.ticket_service.apply import apply_messages
from services.ticket_service.domain.chat_settings import ChatChannel, ChatSettings
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.message import OUT, PUBLIC, Delivery, DeliveryReport, Message
from services.ticket_service.ports import Changes, Record
from shared.contracts import message_received, visitor_acted
from shared.contracts.catalogue import decode
from shared.contracts.delivery_state import RANK, SENT
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.visitor import Visitor
from shared.contracts.visitor_acted import VisitorActed
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, counting_ids
from tests.ticket_service.mails import DESK_MAIL

CHAT = "webchat-main"
GIULIA = "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1"
EMAIL = "giulia@verdi.example"
ANNA = Actor(AGENT, "u1", "Anna Rossi")


def sender(visitor: str = GIULIA, name: str = "Giulia") -> Sender:
    """A visitor as the gateway names them."""
    return Sender([Identity("webchat", visitor, visitor)], name)


def written(key: str, text: str, at: datetime, visitor: str = GIULIA, **details: Any) -> Event:
    """`message.received` from a visitor; `details` are fields of Visitor."""
    data = MessageReceived(
        dedupe_key=f"webchat:{CHAT}:{visitor}.{key}",
        channel_id=CHAT,
        channel_kind="webchat",
        provider_message_id=f"{visitor}.{key}",
        contact_key=f"{CHAT}:{visitor}",
        sender=sender(visitor),
        occurred_at=at,
        received_at=at,
        kind="text",
        text=text,
        visitor=Visitor(**details),
    )
    return Event(
        data.dedupe_key, "test", message_received.TYPE, at, data.contact_key, data, new_traceparent()
    )


def acted(
    action: str, at: datetime, visitor: str = GIULIA, told: Visitor | None = None, **more: Any
) -> Event:
    """`visitor.acted`."""
    data = VisitorActed(CHAT, "webchat", f"{CHAT}:{visitor}", sender(visitor), action, at, told, **more)
    event_id = f"{visitor}:{action}:{at.isoformat()}"
    return Event(event_id, "test", visitor_acted.TYPE, at, visitor, data, new_traceparent())


@dataclass
class ChatTestDesk:
    """A desk with a clock that a test sets."""

    now: datetime = NOW
    store: MemoryDeskStore = field(default_factory=MemoryDeskStore)
    mail: MailDesk = DESK_MAIL

    def __post_init__(self) -> None:
        self._ids = counting_ids()
        self._keys = counting_ids("m")

    @property
    def desk(self) -> Desk:
        """As use cases need it."""
        return Desk(self.store, lambda: self.now, self._ids, mail=self.mail)

    def forward(self, **duration: float) -> None:
        """Let time pass (as timedelta's arguments)."""
        self.now += timedelta(**duration)

    def set(self, **settings: Any) -> None:
        """The live chat's settings."""
        stored = self.store.record(ChatSettings, "desk") or ChatSettings()
        self.has(replace(stored, channels={CHAT: ChatChannel(**settings)}))

    def has(self, *records: Record) -> None:
        """Keep records, as an administrator would."""
        self.store.save(Changes(records=list(records)))

    def writes(self, text: str, visitor: str = GIULIA, **details: Any) -> None:
        """The visitor writes."""
        apply_messages([written(self._keys(), text, self.now, visitor, **details)], self.desk, {})

    def does(self, action: str, visitor: str = GIULIA, **more: Any) -> None:
        """The visitor comes, leaves, asks for the talk…"""
        apply_visits([acted(action, self.now, visitor, **more)], self.desk, lambda ids, at: None)

    def gets(self, *events: Event) -> None:
        """Other messages come in, mails for example."""
        apply_messages(events, self.desk, {})

    def answers(self, text: str, number: str = "TT1", **more: Any) -> str:
        """An agent answers on a ticket; the message's id."""
        loaded = self.store.load_ticket(number)
        assert loaded is not None
        assert loaded.conversation is not None
        message = Message(
            id=self._ids(),
            direction=OUT,
            visibility=PUBLIC,
            author=more.pop("author", ANNA),
            kind=more.pop("kind", "text"),
            text=text,
            occurred_at=self.now,
            created_at=self.now,
            conversation_id=loaded.conversation.id,
            contact_id=loaded.requester.id,
            delivery=Delivery(SENT, RANK[SENT], {SENT: self.now}, self.now),
            **more,
        )
        loaded.ticket.comment(message, self.now)
        changes = Changes(messages=[message])
        changes.touch(loaded.ticket, loaded.conversation)
        self.desk.save(changes)
        return message.id

    def reported(self, message_id: str, state: str) -> None:
        """How an answer stands."""
        how = Delivery(state, RANK[state], {state: self.now}, self.now)
        self.store.save(Changes(deliveries=[DeliveryReport(message_id, how, [])]))

    def said(self, message_id: str) -> dict[str, Any]:
        """A message as it is stored."""
        return self.store.collections["messages"][message_id]

    def ticket(self, number: str = "TT1") -> dict[str, Any]:
        """A ticket as it is stored."""
        return next(each for each in self.store.collections["tickets"].values() if each["number"] == number)

    def history(self, what: str) -> list[dict[str, Any]]:
        """Entries of the history."""
        return [each for each in self.store.collections["history"].values() if each["what"] == what]

    def told(self, kind: str) -> list[Any]:
        """The data of all events of one type."""
        events = [decode(each["body"]) for each in self.store.collections["outbox"].values()]
        return [each.data for each in events if each.type == kind]
