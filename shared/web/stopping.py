"""What a web process that is told to stop says to its long answers, so that they end at once."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final

from shared.runtime.stop import Stop

STOPPING: Final = Stop()
"""Requested as soon as this process is told to end; whoever streams to a client looks at it every second."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def watch_signals() -> None:
    """Request STOPPING on the signals that end a web process, then do what was done so far (main thread)."""
    for number in _SIGNALS:
        before = signal.getsignal(number)

        def stop(caught: int, frame: FrameType | None, before: object = before) -> None:
            STOPPING.request()
            if callable(before):
                before(caught, frame)

        signal.signal(number, stop)
