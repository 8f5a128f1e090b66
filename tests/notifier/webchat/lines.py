"""What takes the events a live chat's sender publishes, in place of the broker and the gateway behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.contracts.catalogue import decode
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.envelope import Event
from shared.messaging.message import BrokerUnavailable, outgoing


@dataclass(frozen=True)
class Taken:
    """An event as it came over the wire; `body` is its data."""

    event: Event
    body: dict[str, Any] = field(default_factory=dict)


class LineTaker:
    """Takes everything, or while `away` nothing; `dies`: whoever publishes dies in the middle of it. What
    breaks the contract fails here, as it would there.
    """

    def __init__(self) -> None:
        self.asked: list[Taken] = []
        self.away = False
        self.dies = False

    def publish(self, event: Event) -> None:
        """As SenderTools.publish."""
        if self.dies:
            raise KeyboardInterrupt
        if self.away:
            raise BrokerUnavailable("no connection")
        read = decode(outgoing(event).body)
        self.asked.append(Taken(read, {name: getattr(read.data, name) for name in type(read.data).__slots__}))

    @property
    def lines(self) -> list[ChatPosted]:
        """The lines, in the order they came."""
        return [taken.event.data for taken in self.asked if isinstance(taken.event.data, ChatPosted)]
