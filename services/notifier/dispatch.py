"""The dispatcher: finds due deliveries, hands each to a thread, and sleeps until something can be due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.notifier.deliver import Deliverer
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.rate import RateLimit
from services.notifier.metrics import THROTTLED
from services.notifier.ports import DeliveryStore
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.5
AWAY_SECONDS: Final = 1.0


class Dispatcher:
    """One thread that looks, `threads` that send. New deliveries and ended ones wake it at once.

    Each channel has its share of the threads, so that a slow provider does not stop the others.
    """

    def __init__(
        self,
        store: DeliveryStore,
        deliverer: Deliverer,
        rates: Mapping[str, RateLimit],
        stop: Stop,
        clock: Callable[[], datetime],
        *,
        threads: int = 16,
    ) -> None:
        """`rates`: how fast each channel may send, all processes together, by channel id."""
        self._store = store
        self._deliverer = deliverer
        self._rates = rates
        self._held_until: dict[str, datetime] = {}
        self._stop = stop
        self._clock = clock
        self._share = max(1, threads // max(1, len(rates)))
        self._pool = ThreadPoolExecutor(max(threads, len(rates), 1), "send")
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._in_flight: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="dispatcher")

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._woken.set()

    def running(self) -> bool:
        """Whether it looks for deliveries."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait, after the stop was requested, until what is being sent is sent and recorded."""
        self._woken.set()
        self._thread.join()
        self._pool.shutdown(wait=True)

    def _run(self) -> None:
        while not self._stop.requested:
            self._woken.clear()
            try:
                self.dispatch()
            except Unavailable as error:
                _log.warning("dispatcher waits for the database", reason=str(error))
                self._stop.wait(AWAY_SECONDS)
            except Exception:
                # This thread is all that sends: whatever one turn meets, the next one must come.
                _log.exception("dispatcher failed, it goes on")
                self._stop.wait(AWAY_SECONDS)
            self._woken.wait(self._rest())

    def dispatch(self) -> int:
        """Hand every delivery that is due, that may leave and that there is a thread for, to the pool."""
        pauses = self._store.pauses()
        handed = 0
        for channel_id, rate in self._rates.items():
            pause = pauses.get(channel_id)
            now = self._clock()
            if (pause is not None and pause.until > now) or self._held_until.get(channel_id, now) > now:
                continue
            busy = self._busy(channel_id)
            # After a pause one delivery finds out whether the provider takes messages again.
            room = (1 if pause is not None else self._share) - len(busy)
            if room <= 0:
                continue
            heads = self._store.due_heads(channel_id, now, room + len(busy))
            chosen = [head for head in heads if head.send_id not in busy][:room]
            for head in self._allowed(channel_id, rate, chosen):
                self._hand_over(head, probing=pause is not None)
                handed += 1
        return handed

    def _allowed(self, channel_id: str, rate: RateLimit, chosen: Sequence[Delivery]) -> Sequence[Delivery]:
        """Those of the chosen that may leave now; the others wait until the channel has had a rest."""
        if not chosen:
            return chosen
        turn = self._store.take_turn(channel_id, rate, len(chosen))
        if turn.granted < len(chosen):
            THROTTLED.labels(channel_id, "channel").inc(len(chosen) - turn.granted)
        if turn.seconds:
            self._held_until[channel_id] = self._clock() + timedelta(seconds=turn.seconds)
        return chosen[: turn.granted]

    def _rest(self) -> float:
        """How long nothing need be looked for, unless something wakes us."""
        now = self._clock()
        held = [(until - now).total_seconds() for until in self._held_until.values() if until > now]
        return max(0.001, min([POLL_SECONDS, *held]))

    def _busy(self, channel_id: str) -> set[str]:
        with self._lock:
            return {send_id for send_id, channel in self._in_flight.items() if channel == channel_id}

    def _hand_over(self, head: Delivery, *, probing: bool) -> None:
        with self._lock:
            self._in_flight[head.send_id] = head.channel_id
        future = self._pool.submit(self._deliverer.attempt, head, probing=probing)
        future.add_done_callback(lambda done: self._finished(head, done))

    def _finished(self, head: Delivery, future: Future[None]) -> None:
        with self._lock:
            self._in_flight.pop(head.send_id, None)
        error = future.exception()
        if isinstance(error, Unavailable):
            _log.warning("delivery waits for the database", send_id=head.send_id, reason=str(error))
        elif error is not None:
            _log.error("delivery attempt failed", send_id=head.send_id, exc_info=error)
            return  # looked at again at the next turn, not at once
        self._woken.set()
