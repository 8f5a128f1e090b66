"""Waiting for a confirm under gevent, without a timer of its own for each wait.

A gateway waits once per webhook, and gevent's Event with a time-out costs some 8 to 17 µs, a bare Waiter
2. Here all waits share one timer, which looks a few times a second for those that are overdue.
"""

from __future__ import annotations

import time
from typing import Any, Final

import gevent
from gevent.hub import Waiter

TICK_SECONDS: Final = 0.1


class Deadlines:
    """The signals being waited for, by deadline; its greenlet lives only while there are any."""

    def __init__(self) -> None:
        self._waiting: dict[GreenSignal, float] = {}
        self._watching = False

    def add(self, signal: GreenSignal, seconds: float) -> None:
        """Wake the signal's waiter when `seconds` have passed (to the next tick)."""
        self._waiting[signal] = time.monotonic() + seconds
        if not self._watching:
            self._watching = True
            gevent.spawn(self._watch)

    def remove(self, signal: GreenSignal) -> None:
        """It is waited for no longer."""
        self._waiting.pop(signal, None)

    def _watch(self) -> None:
        while self._waiting:
            gevent.sleep(TICK_SECONDS)
            now = time.monotonic()
            for signal in [signal for signal, deadline in self._waiting.items() if deadline <= now]:
                signal.wake()
        self._watching = False


class GreenSignal:
    """Set once, waited for by one greenlet."""

    __slots__ = ("_deadlines", "_is_set", "_waiter")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._is_set = False
        self._waiter: Any = None

    def set(self) -> None:
        """Wake the waiter after whatever is running now."""
        if not self._is_set:
            self._is_set = True
            self.wake()

    def wake(self) -> None:
        """End the wait, set or not."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            gevent.get_hub().loop.run_callback(waiter.switch, None)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it was set; False after `timeout` seconds."""
        if not self._is_set:
            waiter: Any = Waiter()
            self._waiter = waiter
            if timeout is not None:
                self._deadlines.add(self, timeout)
            try:
                waiter.get()
            finally:
                self._waiter = None
                self._deadlines.remove(self)
        return self._is_set
