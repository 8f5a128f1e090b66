"""The gate at which new requests wait for a moment while the last entries leave the spool.

Without it a busy gateway would never come out of its spool: there would always be an entry, on its way or
just written, and so the next request would have to queue up behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import gevent
from gevent.event import Event

from services.webhook_gateway.spool.directory import Lock, SpoolDirectory

WAIT_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.005


def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call in gevent's pool of threads: an fsync may take seconds, and greenlets go on meanwhile."""
    return gevent.get_hub().threadpool.apply(call, arguments)


class Gate:
    """Closed by whichever process drains the folder, respected by all."""

    def __init__(self, directory: SpoolDirectory) -> None:
        self._directory = directory
        self._opened: Event | None = None

    def closed(self) -> bool:
        """Whether the last entries are just leaving."""
        return self._opened is not None or self._is_locked()

    def wait(self) -> None:
        """Wait until it opens, a second at most; all who wait go on together, in the order they came."""
        if self._opened is None:
            self._opened = Event()
            gevent.spawn(self._watch, self._opened)
        self._opened.wait(WAIT_SECONDS)

    @contextmanager
    def close(self) -> Iterator[bool]:
        """Close it; False when another process looks at it in this instant."""
        with self._directory.locked(Lock.GATE) as closed:
            yield closed

    def _watch(self, opened: Event) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while self._is_locked() and time.monotonic() < deadline:
            gevent.sleep(_LOOK_SECONDS)
        self._opened = None
        opened.set()

    def _is_locked(self) -> bool:
        try:
            return self._directory.is_locked(Lock.GATE)
        except OSError:
            return False  # what is wrong with the folder shows when something is written
