"""Threads that deliver webhooks: each claims one after the other, of another endpoint than the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from services.ticket_service.domain.webhook import DELIVERED, PENDING, Webhook, WebhookDelivery, WebhookHealth
from services.ticket_service.metrics import WEBHOOKS
from services.ticket_service.outbound.send import Tried, WebhookSender
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

THREADS: Final = 4
POLL_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 2.0
LEASE: Final = timedelta(minutes=2)
"""A try is over long before that, or its process died and another one tries again."""
SWITCHED_OFF: Final = "The webhook was switched off."


class WebhookQueue(Protocol):
    """Where deliveries wait. Every method raises Unavailable when it is away."""

    def claim(self, now: datetime, until: datetime, busy: Collection[str]) -> WebhookDelivery | None:
        """What has been due for longest and is for none of these webhooks; nobody else's until then."""
        ...

    def keep(self, delivery: WebhookDelivery) -> bool:
        """Save a claimed delivery; False when it is not ours any more."""
        ...

    def webhook(self, webhook_id: str) -> Webhook | None:
        """The endpoint as it is now."""
        ...

    def health(self, webhook_id: str) -> WebhookHealth:
        """How the endpoint does."""
        ...

    def succeeded(self, webhook_id: str) -> None:
        """It took a delivery."""
        ...

    def failed(self, webhook_id: str, at: datetime) -> None:
        """It did not: it fails since then, unless it did so before."""
        ...


class WebhookLoop:
    """Delivers until it is stopped. Any number of processes may do so at once."""

    def __init__(
        self,
        queue: WebhookQueue,
        sender: WebhookSender,
        disable: Callable[[str, str], None],
        stop: Stop,
        clock: Callable[[], datetime],
    ) -> None:
        """`disable(webhook id, reason)` switches an endpoint off."""
        self._queue = queue
        self._sender = sender
        self._disable = disable
        self._stop = stop
        self._clock = clock
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._threads = [
            threading.Thread(target=self._run, name=f"webhooks-{number}") for number in range(THREADS)
        ]

    def start(self) -> None:
        """Begin in threads of its own."""
        for thread in self._threads:
            thread.start()

    def running(self) -> bool:
        """Whether all of them are at work."""
        return all(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait, after the stop was requested, until what is being sent is sent and recorded."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stop.requested:
            try:
                while not self._stop.requested and self.turn():
                    pass
                self._stop.wait(POLL_SECONDS)
            except Unavailable as error:
                _log.warning("webhooks wait for the database", reason=str(error))
                self._stop.wait(AWAY_SECONDS)
            except Exception:
                # One delivery that breaks something must not end the delivery of all others.
                _log.exception("delivery of a webhook failed, it goes on")
                self._stop.wait(AWAY_SECONDS)

    def turn(self) -> bool:
        """Try one delivery that is due; whether there was one."""
        with self._lock:
            # Under the lock: no two threads send to one endpoint at a time, or a slow one takes all.
            now = self._clock()
            delivery = self._queue.claim(now, now + LEASE, self._busy)
            if delivery is None:
                return False
            self._busy.add(delivery.webhook_id)
        try:
            self._try(delivery)
        finally:
            with self._lock:
                self._busy.discard(delivery.webhook_id)
        return True

    def _try(self, delivery: WebhookDelivery) -> None:
        webhook = self._queue.webhook(delivery.webhook_id)
        if webhook is None or not webhook.active:
            delivery.give_up(self._clock(), SWITCHED_OFF)
            self._queue.keep(delivery)
            return
        tried = self._sender.send(webhook, delivery)
        delivery.tried(tried.attempt, tried.wish)
        if tried.gone:
            delivery.give_up(tried.attempt.at, "The receiver wants no more of these.")
        if not self._queue.keep(delivery):
            return
        self._remember(webhook, delivery, tried)

    def _remember(self, webhook: Webhook, delivery: WebhookDelivery, tried: Tried) -> None:
        result = {DELIVERED: "delivered", PENDING: "later"}.get(delivery.state, "failed")
        WEBHOOKS.labels(result).inc()
        if delivery.state == DELIVERED:
            self._queue.succeeded(webhook.id)
            return
        _log.warning(
            "webhook not delivered",
            webhook=webhook.id,
            delivery=delivery.id,
            status=tried.attempt.status,
            tries=delivery.tries,
        )
        self._queue.failed(webhook.id, tried.attempt.at)
        if tried.gone:
            self._disable(webhook.id, "The receiver answered 410: it wants no more.")
        elif self._queue.health(webhook.id).is_to_be_disabled(tried.attempt.at):
            self._disable(webhook.id, f"It failed for days: {tried.attempt.error}")
