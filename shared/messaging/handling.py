"""What happens to a batch that was taken from the broker: handled as one, one by one, or parked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from shared.messaging.message import BatchHandler, Delivery, Park, Poison, Unavailable
from shared.runtime.metrics import CONSUMED

_log = structlog.get_logger(__name__)

MAX_ATTEMPTS: Final = 5
"""A message that was delivered this often without an answer has taken the process down with it each time."""
TRIES: Final = 3
FIRST_PAUSE: Final = 0.2


class Interrupted(Exception):
    """The pause was ended by a stop or a lost connection: what is not handled goes back to its queue."""


class Handling:
    """Answers for every message given to it, or raises Interrupted.

    - A batch that fails is handled one by one.
    - Poison is parked with its reason; its neighbours are not touched.
    - Unavailable (database away): nothing is refused, it waits and tries again.
    - Anything else: some tries with growing pauses (never around through another queue: that would let later
      messages of the same contact overtake), then parked.

    `pause(seconds)` sleeps while the connection is served; it raises Interrupted when waiting makes no sense.
    """

    def __init__(self, handler: BatchHandler, park: Park, pause: Callable[[float], None]) -> None:
        self._handler = handler
        self._park = park
        self._pause = pause

    def handle(self, batch: Sequence[Delivery]) -> None:
        """Handle the messages, in order; return when each one is either handled or parked."""
        if len(batch) > 1 and self._handled_as_one(batch):
            return
        for delivery in batch:
            self._handle_alone(delivery)

    def _handled_as_one(self, batch: Sequence[Delivery]) -> bool:
        try:
            self._until_available(lambda: self._handler(batch))
        except Interrupted:
            raise
        except Poison:
            return False
        except Exception:
            _log.warning("batch failed, its messages are handled one by one", size=len(batch), exc_info=True)
            return False
        _count(batch, "handled")
        return True

    def _handle_alone(self, delivery: Delivery) -> None:
        if delivery.attempts > MAX_ATTEMPTS:
            times = delivery.attempts + 1
            self._put_aside(delivery, "crashed-the-worker", f"delivered {times} times, never answered")
            return
        pause = FIRST_PAUSE
        for attempt in range(1, TRIES + 1):
            try:
                self._until_available(lambda: self._handler([delivery]))
            except Interrupted:
                raise
            except Poison as poison:
                self._put_aside(delivery, poison.reason, poison.detail)
                return
            except Exception as error:
                _log.warning("message failed", queue=delivery.queue, attempt=attempt, exc_info=True)
                if attempt == TRIES:
                    self._put_aside(delivery, "handler-error", f"{type(error).__name__}: {error}"[:2000])
                    return
                self._pause(pause)
                pause *= 4
            else:
                _count([delivery], "handled")
                return

    def _put_aside(self, delivery: Delivery, reason: str, detail: str) -> None:
        self._until_available(lambda: self._park(delivery, reason, detail))
        _log.warning("message parked", queue=delivery.queue, reason=reason)
        _count([delivery], "parked")

    def _until_available(self, call: Callable[[], None]) -> None:
        """Repeat while what it needs is away; the broker sees a slow consumer, not a failing one."""
        pause = FIRST_PAUSE
        while True:
            try:
                call()
            except Unavailable as error:
                _log.warning("waiting for what is away", reason=str(error), retry_seconds=round(pause, 2))
                self._pause(pause)
                pause = min(pause * 2, 2.0)
            else:
                return


def _count(batch: Sequence[Delivery], result: str) -> None:
    for queue, messages in Counter(delivery.queue for delivery in batch).items():
        CONSUMED.labels(queue, result).inc(messages)
