"""Who has a chat open in this process: counted here, written down together every now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from services.webhook_gateway.chat_ports import Guest, Presence
from services.webhook_gateway.domain.chat import chat_key
from shared.messaging.message import Unavailable

LINGER_SECONDS: Final = 15.0
"""Who has no page open for so long has left: pages are loaded anew, connections break and are made again."""
BEAT_SECONDS: Final = 10.0


class Attendance:
    """Counts each visitor's pages. `flush` is called about every second; nothing else waits."""

    def __init__(
        self,
        presence: Presence,
        process: str,
        clock: Callable[[], datetime],
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._presence = presence
        self._process = process
        self._clock = clock
        self._now = now
        self._guests: dict[str, Guest] = {}
        self._pages: dict[str, int] = {}
        self._left_at: dict[str, float] = {}
        self._came: dict[str, Guest] = {}
        self._beat_at = -BEAT_SECONDS

    def enter(self, guest: Guest) -> None:
        """One more page of this visitor."""
        key = chat_key(guest.channel_id, guest.visitor_id)
        self._pages[key] = self._pages.get(key, 0) + 1
        self._left_at.pop(key, None)
        if self._guests.get(key) != guest:
            self._guests[key] = self._came[key] = guest

    def leave(self, guest: Guest) -> None:
        """One page less."""
        key = chat_key(guest.channel_id, guest.visitor_id)
        self._pages[key] = self._pages.get(key, 1) - 1
        if self._pages[key] <= 0:
            del self._pages[key]
            self._left_at[key] = self._now()

    def flush(self) -> None:
        """Write down what changed. Unavailable: the database; what is not written yet is kept for later."""
        now = self._now()
        if now - self._beat_at >= BEAT_SECONDS:
            if not self._presence.beat(self._process, self._clock()):
                self._came = dict(self._guests)
            self._beat_at = now
        left = [key for key, at in self._left_at.items() if now - at >= LINGER_SECONDS]
        came = {key: guest for key, guest in self._came.items() if key not in left}
        if not came and not left:
            return
        self._presence.mark(self._process, came.values(), left, self._clock())
        for key, guest in came.items():
            if self._came.get(key) is guest:
                del self._came[key]
        for key in left:
            # Who came back while it was written is written down again.
            if key in self._left_at:
                del self._left_at[key], self._guests[key]
                self._came.pop(key, None)
            else:
                self._came[key] = self._guests[key]

    def close(self) -> None:
        """This process ends. What cannot be written is found out by its silence."""
        try:
            self._presence.retire(self._process, self._clock())
        except Unavailable:
            return
