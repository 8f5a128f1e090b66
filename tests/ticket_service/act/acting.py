"""A desk in memory on which somebody acts, for tests of use cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.ticket import Ticket
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, new_traceparent
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, apply, counting_ids, message

ANNA = Actor(AGENT, "u-anna", "Anna")
BRUNO = Actor(AGENT, "u-bruno", "Bruno")


@dataclass
class Acting:
    """The desk, its clock, and shorthands."""

    store: MemoryDeskStore = field(default_factory=MemoryDeskStore)
    now: datetime = NOW
    heard: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(self.store, lambda: self.now, counting_ids("made"))

    def frame(self, who: Actor = ANNA) -> Frame:
        """Somebody's request."""
        return Frame(who, new_traceparent(), before_try=lambda: None)

    def hear(self, sender: str, text: str = "Buongiorno", **more: Any) -> Message:
        """A customer writes; the message as it was stored."""
        self.heard += 1
        event = message(f"m{self.heard}", sender=sender, text=text, occurred=self.now, **more)
        apply(self.store, event, now=self.now)
        return self.store.load_messages([event.data.dedupe_key])[event.data.dedupe_key]

    def opened(self, sender: str, text: str = "Buongiorno") -> str:
        """The number of the ticket that a customer's message is on."""
        return self.ticket_of(self.hear(sender, text)).number

    def ticket_of(self, said: Message) -> Ticket:
        """The ticket of a message."""
        assert said.ticket_id is not None
        return self.store.load_tickets([said.ticket_id])[said.ticket_id]

    def ticket(self, number: str) -> Ticket:
        """The ticket as it is stored."""
        loaded = self.store.load_ticket(number)
        assert loaded is not None
        return loaded.ticket

    def said_on(self, number: str) -> list[tuple[int | None, str]]:
        """The number and text of each thing said on a ticket, the description first."""
        ticket_id = self.ticket(number).id
        found = [
            each for each in self.store.collections["messages"].values() if each["ticket_id"] == ticket_id
        ]
        return sorted(((each["number"], each["text"]) for each in found), key=lambda each: each[0] or 0)

    def events(self, kind: str) -> list[Event]:
        """What waits to be published, of one type."""
        found = [decode(bytes(each["body"])) for each in self.store.collections["outbox"].values()]
        return [event for event in found if event.type == kind]

    def history(self, number: str, what: str) -> list[tuple[Any, Any]]:
        """From what to what something changed on a ticket."""
        ticket_id = self.ticket(number).id
        return [
            (each["from"], each["to"])
            for each in self.store.collections["history"].values()
            if each["ticket_id"] == ticket_id and each["what"] == what
        ]

    def later(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)


def forget(answer: object) -> None:
    """Remembers no answer."""
