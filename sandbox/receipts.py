"""What follows an accepted message by itself: its receipts, in order, each repeated until it is taken."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

log = logging.getLogger("sandbox.receipts")

STEPS = ("sent", "delivered", "read")
_WORKERS = 4
_MAX_WAITING = 20_000
_FIRST_PAUSE, _LONGEST_PAUSE, _GIVE_UP_AFTER = 0.5, 15.0, 900.0  # seconds; Meta itself keeps on for days
_Message = TypeVar("_Message")


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens by itself after a message was accepted; `delay_ms` lies before each receipt."""

    mode: Literal["auto", "off"] = "auto"
    until: Literal["sent", "delivered", "read"] = "read"
    delay_ms: int = 250

    def steps(self) -> tuple[str, ...]:
        """The receipts that follow a message; none when they are off."""
        return STEPS[: STEPS.index(self.until) + 1] if self.mode == "auto" else ()


@dataclass(order=True, slots=True)
class _Due(Generic[_Message]):
    """The next receipt of one message; `at` and `happened` in monotonic and Unix seconds."""

    at: float
    tie: int
    message: _Message = field(compare=False)
    steps: tuple[str, ...] = field(compare=False)
    delay: float = field(compare=False)
    happened: int | None = field(compare=False, default=None)
    tried_since: float | None = field(compare=False, default=None)
    pause: float = field(compare=False, default_factory=lambda: _FIRST_PAUSE)


class ReceiptQueue(Generic[_Message]):
    """Sends receipts in the background. Each message has at most one receipt on its way, so they stay in
    order; different messages do not wait for each other.

    `send` gets a message, the state it is in now, and when that happened (Unix seconds); it returns None when
    the receipt is done with, or why it must be repeated.
    """

    def __init__(self, send: Callable[[_Message, str, int], str | None]) -> None:
        self._send = send
        self._due: list[_Due[_Message]] = []
        self._ties = itertools.count()
        self._changed = threading.Condition()
        self._workers: list[threading.Thread] = []

    def follow(self, message: _Message, steps: tuple[str, ...], delay_ms: int) -> None:
        """Let these receipts of an accepted message follow, with a pause of `delay_ms` before each."""
        delay = delay_ms / 1000
        if steps:
            self._put(_Due(time.monotonic() + delay, next(self._ties), message, steps, delay))

    def _put(self, due: _Due[_Message]) -> None:
        with self._changed:
            if len(self._due) >= _MAX_WAITING:
                log.warning("Too many receipts are waiting, one is dropped: state=%s", due.steps[0])
                return
            heapq.heappush(self._due, due)
            # Started by the first receipt, not at import: a server may fork between the two.
            if not self._workers:
                self._workers = [
                    threading.Thread(target=self._work, name=f"receipts-{n}", daemon=True)
                    for n in range(_WORKERS)
                ]
                for worker in self._workers:
                    worker.start()
            self._changed.notify()

    def _take(self) -> _Due[_Message]:
        with self._changed:
            while not self._due or self._due[0].at > time.monotonic():
                self._changed.wait(self._due[0].at - time.monotonic() if self._due else None)
            due = heapq.heappop(self._due)
            if self._due:  # somebody else must watch the next one while this one is under way
                self._changed.notify()
            return due

    def _work(self) -> None:
        while True:
            due = self._take()
            try:
                following = self._attempt(due)
            except Exception:
                log.exception("A receipt could not be made: state=%s", due.steps[0])
                continue
            if following:
                self._put(following)

    def _attempt(self, due: _Due[_Message]) -> _Due[_Message] | None:
        """Try one receipt; what is to do next, if anything."""
        now = time.monotonic()
        state = due.steps[0]
        happened = due.happened or int(time.time())
        refusal = self._send(due.message, state, happened)
        if refusal is None:
            rest = due.steps[1:]
            return _Due(now + due.delay, next(self._ties), due.message, rest, due.delay) if rest else None
        since = due.tried_since or now
        if now - since > _GIVE_UP_AFTER:
            log.warning("A receipt is given up: state=%s reason=%s", state, refusal)
            return None
        log.info("A receipt was not taken and will be repeated: state=%s reason=%s", state, refusal)
        return replace(
            due,
            at=time.monotonic() + due.pause,
            happened=happened,
            tried_since=since,
            pause=min(due.pause * 2, _LONGEST_PAUSE),
        )
