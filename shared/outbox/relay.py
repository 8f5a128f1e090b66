"""The relay: publishes the outbox in order, and forgets an entry only when the broker has confirmed it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, Protocol

import structlog

from shared.messaging.message import BrokerUnavailable, Publisher, Unavailable
from shared.outbox.entry import to_outgoing
from shared.runtime.metrics import OUTBOX_OLDEST, OUTBOX_PENDING
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 2.0
STANDBY_SECONDS: Final = 3.0
MEASURE_SECONDS: Final = 5.0


class OutboxSource(Protocol):
    """Where the relay reads; the collection in production, a list in tests."""

    def active(self) -> bool:
        """Whether this process is the one that relays now."""
        ...

    def oldest(self) -> list[dict[str, Any]]:
        """The next entries, in order."""
        ...

    def remove(self, ids: Sequence[Any]) -> None:
        """Forget confirmed entries."""
        ...

    def wait_for_more(self, seconds: float) -> None:
        """Return when there is something, or after `seconds`."""
        ...

    def backlog(self) -> tuple[int, float]:
        """(entries waiting, age of the oldest in seconds)."""
        ...

    def release(self) -> None:
        """Let another relay take over."""
        ...


class Relay:
    """Killed between publish and remove, it publishes twice; readers know an event by its id."""

    def __init__(self, source: OutboxSource, publisher: Publisher, stop: Stop) -> None:
        self._source = source
        self._publisher = publisher
        self._stop = stop
        self._measured = 0.0

    def run(self) -> None:
        """Relay until the stop is requested."""
        pause = 0.1
        while not self._stop.requested:
            try:
                self._turn()
                pause = 0.1
            except (Unavailable, BrokerUnavailable) as error:
                _log.warning("relay waits", reason=str(error), retry_seconds=round(pause, 2))
                self._stop.wait(pause)
                pause = min(pause * 2, 3.0)
        try:
            self._source.release()
        except Unavailable as error:
            _log.info("lease not released, it runs out by itself", reason=str(error))

    def relay_once(self) -> int:
        """Publish and forget the next entries; how many there were."""
        entries = self._source.oldest()
        if entries:
            self._publisher.publish([to_outgoing(entry) for entry in entries], timeout=10.0)
            self._source.remove([entry["_id"] for entry in entries])
        return len(entries)

    def _turn(self) -> None:
        if not self._source.active():
            self._stop.wait(STANDBY_SECONDS)
            return
        if not self._publisher.ready():
            raise BrokerUnavailable("not connected yet")
        relayed = self.relay_once()
        self._measure()
        if not relayed:
            self._source.wait_for_more(IDLE_SECONDS)

    def _measure(self) -> None:
        now = time.monotonic()
        if now - self._measured >= MEASURE_SECONDS:
            self._measured = now
            count, age = self._source.backlog()
            OUTBOX_PENDING.set(count)
            OUTBOX_OLDEST.set(age)
