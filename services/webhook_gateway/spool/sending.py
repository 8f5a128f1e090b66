"""Publishing what waits so that one refused address holds up no other, and nothing overtakes within one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from services.webhook_gateway.spool.lanes import Lane, Lanes, lane_of
from services.webhook_gateway.spool.shelf import Waiting
from shared.messaging.message import BrokerUnavailable, Publisher

_log = structlog.get_logger(__name__)

BATCH_SECONDS: Final = 10.0
SINGLE_SECONDS: Final = 3.0


class Sender:
    """Sends batches; when one fails though the broker is there, finds out which lanes it refuses."""

    def __init__(self, publisher: Publisher, clock: Callable[[], float]) -> None:
        self._publisher = publisher
        self._clock = clock
        self._lanes = Lanes()

    def held(self) -> set[Lane]:
        """Lanes that were refused and are not to be tried yet."""
        return self._lanes.held(self._clock())

    def send(self, waiting: Sequence[Waiting], held: set[Lane]) -> set[Waiting]:
        """Those that the broker confirmed. Lanes it refuses are added to `held`."""
        lanes: dict[Lane, list[Waiting]] = {}
        for item in waiting:
            lanes.setdefault(lane_of(item.entry.message), []).append(item)
        due = [lane for lane in lanes if lane not in held]
        sure = [lane for lane in due if not self._lanes.doubtful(lane)]
        together = [item for item in waiting if lane_of(item.entry.message) in sure]
        sent: set[Waiting] = set()
        if not self._refusal(together, BATCH_SECONDS):
            sent |= set(together)
            due = [lane for lane in due if lane not in sure]
        for lane in due:
            if self._publisher.ready():
                sent |= self._one_by_one(lane, lanes[lane], held)
        return sent

    def _one_by_one(self, lane: Lane, waiting: Sequence[Waiting], held: set[Lane]) -> set[Waiting]:
        """Stops at the first that is refused: a later one must not go before it."""
        sent: set[Waiting] = set()
        for item in waiting:
            reason = self._refusal([item], SINGLE_SECONDS)
            if reason:
                if self._publisher.ready():
                    pause = self._lanes.refused(lane, self._clock())
                    held.add(lane)
                    _log.warning(
                        "broker refuses spooled messages",
                        exchange=lane[0],
                        routing_key=lane[1],
                        reason=reason,
                        retry_seconds=pause,
                    )
                return sent
            sent.add(item)
        self._lanes.taken(lane)
        return sent

    def _refusal(self, waiting: Sequence[Waiting], seconds: float) -> str:
        """Publish these; why they were not confirmed, empty when they were."""
        try:
            self._publisher.publish([item.entry.message for item in waiting], timeout=seconds)
        except BrokerUnavailable as error:
            return str(error) or "refused"
        return ""
