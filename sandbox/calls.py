"""Every request that the desk made to a stand-in, in memory, bounded by number and by size."""

import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.events import EventLog


@dataclass(slots=True)
class Call:
    """One request: what came in and, once it is known, how the stand-in answered."""

    id: int
    at: datetime
    provider: str
    method: str
    path: str
    body: Any
    size: int
    status: int | None = None
    answer: Any = None
    fault: str | None = None
    note: str = ""

    def line(self) -> dict[str, Any]:
        """The call without its bodies, as the list on the page shows it."""
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "fault": self.fault,
            "note": self.note,
        }

    def whole(self) -> dict[str, Any]:
        """The call with everything that is known about it."""
        return {**self.line(), "body": self.body, "answer": self.answer}


class CallLog:
    """The newest calls; the oldest are forgotten beyond `max_calls` or `max_bytes` of request bodies."""

    def __init__(self, events: EventLog, max_calls: int = 10_000, max_bytes: int = 32 * 2**20) -> None:
        self._events = events
        self._max_calls = max_calls
        self._max_bytes = max_bytes
        self._calls: OrderedDict[int, Call] = OrderedDict()
        self._bytes = 0
        self._ids = itertools.count(1)
        self._last_at = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def record(self, provider: str, method: str, path: str, body: Any, size: int, note: str = "") -> Call:
        """Keep one request; `size` is its body's length in bytes, `note` tells people what it is about.

        The caller keeps tokens out of all of them.
        """
        with self._lock:
            # Strictly growing times, so that `since` the last one seen never repeats nor skips a call.
            self._last_at = max(datetime.now(UTC), self._last_at + timedelta(microseconds=1))
            call = Call(next(self._ids), self._last_at, provider, method, path, body, size, note=note)
            self._calls[call.id] = call
            self._bytes += size
            while len(self._calls) > self._max_calls or (
                self._bytes > self._max_bytes and len(self._calls) > 1
            ):
                self._bytes -= self._calls.popitem(last=False)[1].size
        self._events.publish("call", call.line())
        return call

    def answered(self, call: Call, status: int, answer: Any) -> None:
        """Note how the stand-in answered `call`."""
        call.answer = answer
        call.status = status
        self._events.publish("call", call.line())

    def select(self, provider: str | None = None, since: datetime | None = None) -> list[dict[str, Any]]:
        """The calls, oldest first, of one provider and later than `since` when these are given."""
        with self._lock:
            calls = list(self._calls.values())
        return [
            call.whole()
            for call in calls
            if (provider is None or call.provider == provider) and (since is None or call.at > since)
        ]

    def newest(self, count: int) -> list[dict[str, Any]]:
        """The last `count` calls without bodies, newest first."""
        with self._lock:
            return [call.line() for call in itertools.islice(reversed(self._calls.values()), count)]

    def get(self, call_id: int) -> dict[str, Any] | None:
        """One call with everything that is known about it, or None when it is forgotten."""
        with self._lock:
            call = self._calls.get(call_id)
        return call.whole() if call else None

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._calls.clear()
            self._bytes = 0
        self._events.publish("calls_cleared", {})
