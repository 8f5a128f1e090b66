"""How each channel's requests for files fare, shared by the fetching threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from services.webhook_gateway.domain.media_job import Trouble
from services.webhook_gateway.domain.media_pause import Standing


class Standings:
    """By channel id. Kept in memory: who mends a channel restarts the worker, and it is tried at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standings: dict[str, Standing] = {}
        self._told: dict[str, bool] = {}

    def paused(self, now: datetime) -> list[str]:
        """The channels to leave alone."""
        with self._lock:
            return [channel_id for channel_id, standing in self._standings.items() if standing.paused(now)]

    def claimed(self, channel_id: str, now: datetime) -> None:
        """A file of this channel is tried now."""
        self._change(channel_id, lambda standing: standing.claimed(now))

    def succeeded(self, channel_id: str) -> None:
        """A file of this channel came."""
        self._change(channel_id, Standing.succeeded)

    def troubled(self, channel_id: str, trouble: Trouble, now: datetime) -> None:
        """A try ended so."""
        self._change(channel_id, lambda standing: standing.troubled(trouble, now))

    def failing(self, channel_id: str) -> Trouble | None:
        """What is wrong with the whole channel."""
        with self._lock:
            return self._standings.get(channel_id, Standing()).failing

    def must_be_told(self, channel_id: str) -> bool:
        """Whether the desk knows less than this, or something else, of the channel."""
        with self._lock:
            standing = self._standings.get(channel_id, Standing())
            told = self._told.get(channel_id)
            if standing.failing:
                return told is not True
            return told is True or (told is None and standing.works)

    def told(self, channel_id: str, *, failing: bool) -> None:
        """The desk now knows that it fails, or works."""
        with self._lock:
            self._told[channel_id] = failing

    def _change(self, channel_id: str, change: Callable[[Standing], Standing]) -> None:
        with self._lock:
            self._standings[channel_id] = change(self._standings.get(channel_id, Standing()))
