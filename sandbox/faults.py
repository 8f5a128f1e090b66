"""Faults on demand: how the next calls to a stand-in shall fail."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.events import EventLog

MAX_TIMEOUT_SECONDS = 60.0
MAX_TIMES = 1000
MAX_FAULTS = 100
_MAX_HANGING = 16  # each hanging call holds one of the server's threads
# What a call does, as far as a fault may choose; stand-ins call everything else "other".
OPERATIONS = ("send", "recipient", "media_upload", "media_lookup", "media_download", "templates")
ANY = "any"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: an HTTP status, a hang of `timeout` seconds, one of the provider's error codes, or
    `damage`: a fetched file arrives with other bytes. `on` says which calls it waits for, `to` (mail only)
    for which recipient.

    With `after` the call is carried out first and only its answer is spoilt, so that the caller cannot
    know what became of it; such a fault waits for a call that sends something.
    """

    provider: str
    status: int | None = None
    timeout: float | None = None
    code: int | None = None
    after: bool = False
    damage: bool = False
    on: str = ANY
    to: str | None = None

    def __str__(self) -> str:
        what = f"status {self.status}" if self.status else f"code {self.code}"
        if self.timeout is not None:
            what = f"no answer for {self.timeout:g} s"
        if self.damage:
            what = "damaged file"
        return f"{what}, after accepting" if self.after else what

    def fits(self, operation: str, recipients: Sequence[str] = ()) -> bool:
        """Does this fault wait for a call that does `operation`, for one of these recipients?"""
        if self.to is not None and self.to not in recipients:
            return False
        if self.damage:
            return operation == "media_download"
        if self.after and operation != "send":
            return False
        return self.on in (ANY, operation)


@dataclass(slots=True)
class _Planned:
    fault: Fault
    left: int


class FaultPlan:
    """The faults that are still to come, in the order in which they were asked for."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._plan: deque[_Planned] = deque()
        self._lock = threading.Lock()
        self._hanging = threading.BoundedSemaphore(_MAX_HANGING)
        self._let_go = threading.Event()

    def add(self, fault: Fault, times: int) -> bool:
        """Let the next `times` fitting calls fail; False when too many faults are waiting already."""
        with self._lock:
            if len(self._plan) >= MAX_FAULTS:
                return False
            self._plan.append(_Planned(fault, times))
        self._announce()
        return True

    def take(self, provider: str, operation: str, recipients: Sequence[str] = ()) -> Fault | None:
        """The fault planned for a call that has just arrived, if any; `operation` is one of OPERATIONS when
        the call does one of these, `recipients` the lower-cased addresses a mail is for."""
        with self._lock:
            for planned in self._plan:
                if planned.fault.provider == provider and planned.fault.fits(operation, recipients):
                    planned.left -= 1
                    if not planned.left:
                        self._plan.remove(planned)
                    break
            else:
                return None
        self._announce()
        return planned.fault

    def hang(self, seconds: float) -> None:
        """Wait as a provider that does not answer; clearing the plan or too many hanging calls end it."""
        let_go = self._let_go
        if self._hanging.acquire(blocking=False):
            try:
                let_go.wait(seconds)
            finally:
                self._hanging.release()

    def pending(self) -> list[dict[str, Any]]:
        """What is still to come, first one first, with the number of calls left."""
        with self._lock:
            return [
                {**{k: v for k, v in asdict(p.fault).items() if v is not None}, "times": p.left}
                for p in self._plan
            ]

    def clear(self) -> None:
        """Plan nothing any more, and let the calls go that hang at this moment."""
        with self._lock:
            self._plan.clear()
            self._let_go.set()
            self._let_go = threading.Event()
        self._announce()

    def _announce(self) -> None:
        self._events.publish("faults", {"items": self.pending()})
