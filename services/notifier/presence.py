"""Signs of presence: shown at once or not at all, beside the sending and never in its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

import structlog

from services.notifier.domain.presence import Presence
from services.notifier.metrics import PRESENCE
from services.notifier.ports import ChannelSender

_log = structlog.get_logger(__name__)

THREADS: Final = 4
WAITING: Final = 100
"""So many may wait for a thread; should providers be that slow, the next ones would come too late anyway."""


class PresenceShower:
    """A few threads of its own. One try each; what is late, too many or in vain is dropped and counted."""

    def __init__(
        self,
        channel_kinds: Mapping[str, str],
        senders: Mapping[str, ChannelSender],
        clock: Callable[[], datetime],
    ) -> None:
        self._channel_kinds = channel_kinds
        self._senders = senders
        self._clock = clock
        self._pool = ThreadPoolExecutor(THREADS, "presence")
        self._room = threading.BoundedSemaphore(THREADS + WAITING)

    def show(self, signs: Sequence[Presence]) -> None:
        """Have them shown soon; returns at once and raises nothing."""
        for sign in signs:
            if sign.channel_id not in self._senders or sign.worthless(self._clock()):
                self._count(sign, "dropped")
            elif self._room.acquire(blocking=False):
                self._pool.submit(self._show, sign).add_done_callback(lambda done: self._room.release())
            else:
                self._count(sign, "dropped")

    def close(self) -> None:
        """Drop what waits, wait for what is being shown."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _show(self, sign: Presence) -> None:
        if sign.worthless(self._clock()):
            self._count(sign, "dropped")
            return
        try:
            self._senders[sign.channel_id].show(sign)
        except Exception:
            # Worthless a moment later, and in a pool where nobody would see it: counted, and that is all.
            _log.warning("sign of presence not shown", channel=sign.channel_id, exc_info=True)
            self._count(sign, "failed")
        else:
            self._count(sign, "shown")

    def _count(self, sign: Presence, result: str) -> None:
        PRESENCE.labels(self._channel_kinds.get(sign.channel_id, "unknown"), result).inc()
