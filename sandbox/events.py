"""What happened, in order, for the pages that watch: a bounded log that streams can resume from."""

import json
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

KEEP_ALIVE_SECONDS = 15.0
_GLANCE_SECONDS = 1.0  # how late a stream may notice that the process is stopping


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `data` always holds the thing's whole new state, so repeats do no harm."""

    number: int
    kind: str
    data: dict[str, Any]


class Publisher(Protocol):
    """Where a stand-in announces what changed."""

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Announce one change; `data` holds the changed thing's whole new state."""


class EventLog:
    """The last `keep` events. Readers hold a position instead of a queue, so a slow one costs nothing."""

    def __init__(self, keep: int = 2000, max_streams: int = 32) -> None:
        self._run = secrets.token_hex(4)  # a restarted sandbox counts from 1 again: ids must not look alike
        self._events: deque[Event] = deque(maxlen=keep)
        self._last = 0
        self._changed = threading.Condition()
        self._free_streams = threading.BoundedSemaphore(max_streams)
        self.closing = False  # a plain flag, because a signal handler sets it

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Append one event and wake every waiting stream."""
        with self._changed:
            self._last += 1
            self._events.append(Event(self._last, kind, data))
            self._changed.notify_all()

    def position(self) -> str:
        """The id of the newest event; a stream opened with it gets everything that follows."""
        with self._changed:
            return f"{self._run}-{self._last}"

    def claim_stream(self) -> bool:
        """Take one of the places for streams; False when all are taken. Give it back with release_stream."""
        return self._free_streams.acquire(blocking=False)

    def release_stream(self) -> None:
        """Give back the place that claim_stream took."""
        self._free_streams.release()

    def stream(self, last_event_id: str | None, keep_alive: float = KEEP_ALIVE_SECONDS) -> Iterator[str]:
        """Yield server-sent events after `last_event_id` (from now on when None) until the process stops.

        An id that is unknown or too old yields one `resync` event: the reader must fetch the state anew.
        """
        number = self._number_of(last_event_id)
        yield "retry: 1000\n\n"
        quiet = 0.0
        while not self.closing:
            fresh, number = self._wait_beyond(number)
            if fresh:
                quiet = 0.0
                yield "".join(map(self._as_text, fresh))
                continue
            quiet += _GLANCE_SECONDS
            if quiet >= keep_alive:
                quiet = 0.0
                yield ": still here\n\n"

    def _wait_beyond(self, number: int) -> tuple[list[Event], int]:
        with self._changed:
            if number == self._last and not self.closing:
                self._changed.wait(_GLANCE_SECONDS)
            oldest = self._events[0].number if self._events else self._last + 1
            if number < oldest - 1 or number > self._last:
                return [Event(self._last, "resync", {})], self._last
            return [event for event in self._events if event.number > number], self._last

    def _number_of(self, event_id: str | None) -> int:
        if not event_id:
            with self._changed:
                return self._last
        run, _, number = event_id.partition("-")
        if run != self._run or not number.isascii() or not number.isdigit() or len(number) > 18:
            return -1
        return int(number)

    def _as_text(self, event: Event) -> str:
        data = json.dumps(event.data, separators=(",", ":"))
        return f"id: {self._run}-{event.number}\nevent: {event.kind}\ndata: {data}\n\n"


class ProviderEvents:
    """The log as one provider's stand-in sees it: every event it publishes names the provider."""

    def __init__(self, events: EventLog, provider: str) -> None:
        self._events = events
        self._provider = provider

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Append one event of this provider."""
        self._events.publish(kind, {"provider": self._provider, **data})
