"""Which addresses the broker does not take at present: they wait, each in its order, and hold up no other."""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.messaging.message import Outgoing

Lane = tuple[str, str]
"""Exchange and routing key: within one the order is kept."""

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0


class _Hold(NamedTuple):
    until: float
    pause: float


def lane_of(message: Outgoing) -> Lane:
    """The lane a message travels in."""
    return message.exchange, message.routing_key


class Lanes:
    """Lanes that were refused, and when each is tried again. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._holds: dict[Lane, _Hold] = {}

    def refused(self, lane: Lane, now: float) -> float:
        """Hold this lane, each time for longer; for how many seconds."""
        before = self._holds.get(lane)
        pause = min(before.pause * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
        self._holds[lane] = _Hold(now + pause, pause)
        return pause

    def held(self, now: float) -> set[Lane]:
        """Those not to be tried yet."""
        return {lane for lane, hold in self._holds.items() if hold.until > now}

    def doubtful(self, lane: Lane) -> bool:
        """Whether it was refused the last time: then one message at a time, so that none overtakes."""
        return lane in self._holds

    def taken(self, lane: Lane) -> None:
        """All that was tried of this lane has arrived."""
        self._holds.pop(lane, None)
