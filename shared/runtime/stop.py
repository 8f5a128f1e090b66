"""A request to stop, made by SIGTERM or SIGINT and seen by every loop of the process."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Stop:
    """Set once; loops ask `requested` or sleep in `wait`."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def requested(self) -> bool:
        """Whether the process should come to an end."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask every loop to end."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep at most `seconds`; True as soon as the stop is requested."""
        return self._event.wait(seconds)

    def install_signal_handlers(self) -> None:
        """Let SIGTERM and SIGINT request the stop (main thread only)."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._event.set()
