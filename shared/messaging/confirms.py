"""Bookkeeping of publisher confirms: which messages are on their way, and who waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Signal(Protocol):
    """threading.Event, or gevent's."""

    def set(self) -> None:
        """Wake whoever waits."""
        ...

    def wait(self, timeout: float | None = None) -> object:
        """Wait at most `timeout` seconds."""
        ...


class Receipt:
    """What one publish call waits for: all its messages confirmed, or the first thing that went wrong."""

    __slots__ = ("failure", "remaining", "signal")

    def __init__(self, messages: int, signal: Signal) -> None:
        self.remaining = messages
        self.failure: str | None = None
        self.signal = signal

    def settle(self) -> None:
        """One more message has been answered for."""
        self.remaining -= 1
        if self.remaining <= 0:
            self.signal.set()

    def fail(self, reason: str) -> None:
        """Nothing more will come; wake the waiter."""
        self.failure = self.failure or reason
        self.signal.set()


class Confirms:
    """The messages in flight on one channel, by delivery tag (AMQP 0-9-1 publisher confirms extension)."""

    def __init__(self) -> None:
        self._in_flight: dict[int, tuple[Receipt, bytes]] = {}
        self._last_tag = 0

    def __len__(self) -> int:
        return len(self._in_flight)

    def sent(self, receipt: Receipt, body: bytes) -> None:
        """Note the next message, in the order of sending."""
        self._last_tag += 1
        self._in_flight[self._last_tag] = (receipt, body)

    def acked(self, tag: int, multiple: bool) -> None:
        """basic.ack: the broker has this message (with `multiple`, and all before it)."""
        self._answer(tag, multiple, Receipt.settle)

    def nacked(self, tag: int, multiple: bool) -> None:
        """basic.nack: the broker refuses (queue full, internal error)."""
        self._answer(tag, multiple, lambda receipt: receipt.fail("refused by the broker"))

    def returned(self, body: bytes, reason: str) -> None:
        """basic.return: no queue wanted it; its ack, which follows, must not count as success."""
        for receipt, sent_body in self._in_flight.values():
            if sent_body == body and receipt.failure is None:
                receipt.failure = f"returned: {reason}"
                return

    def fail_all(self, reason: str) -> None:
        """The channel is gone: nobody will hear of these messages any more."""
        lost, self._in_flight, self._last_tag = self._in_flight, {}, 0
        for receipt, _ in lost.values():
            receipt.fail(reason)

    def _answer(self, tag: int, multiple: bool, answer: Callable[[Receipt], None]) -> None:
        if not multiple:
            found = self._in_flight.pop(tag, None)
            if found is not None:
                answer(found[0])
            return
        tags = []
        for known in self._in_flight:
            if known > tag:
                break
            tags.append(known)
        for known in tags:
            answer(self._in_flight.pop(known)[0])
