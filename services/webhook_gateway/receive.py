"""What happens to a webhook: verified, normalised, published (or put on disk), and only then accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import time_ns
from typing import Any, Final

from services.webhook_gateway.announce import announce
from services.webhook_gateway.ports import Counts, InboundChannel, Spool, SpoolBroken
from shared.contracts.envelope import new_traceparent
from shared.messaging.message import BrokerUnavailable, Outgoing, Publisher

CONFIRM_SECONDS: Final = 3.0
"""Meta wants an answer within a second and gives up within seconds; after this it goes to the spool."""


class Receiver:
    """Takes the requests of one kind of channel."""

    def __init__(
        self,
        channel: InboundChannel,
        publisher: Publisher,
        spool: Spool,
        counts: Counts,
        clock: Callable[[], datetime],
    ) -> None:
        self.channel = channel
        self._publisher = publisher
        self._spool = spool
        self._counts = counts
        self._clock = clock

    def receive(self, body: bytes, environ: Mapping[str, Any]) -> None:
        """Return once every item of this request is safely with the broker, or on disk for it.

        Inauthentic: not signed by a configured secret. Unreadable: not the provider's format at all.
        BrokerUnavailable: nothing may be promised, the provider must send it again (the ids stay the same).
        """
        arrived = time_ns()
        received_at = self._clock()
        trusted = self.channel.verify(body, environ)
        items = self.channel.normalise(body, environ.get("QUERY_STRING", ""), received_at, trusted)
        messages = announce(self.channel.kind, items, received_at, new_traceparent())
        if self._spool.goes_first():
            result = self._queue_up(messages, arrived)
        else:
            result = self._publish(messages, arrived)
        self._counts.items(items)
        self._counts.webhook(result)

    def refused(self, result: str) -> None:
        """Count a request that was not accepted."""
        self._counts.webhook(result)

    def _publish(self, messages: Sequence[Outgoing], arrived: int) -> str:
        try:
            self._publisher.publish(messages, timeout=CONFIRM_SECONDS)
        except BrokerUnavailable:
            # It may have arrived all the same; then it goes out twice, and readers deduplicate.
            self._spool.append(messages, arrived)
            return "spooled"
        return "accepted"

    def _queue_up(self, messages: Sequence[Outgoing], arrived: int) -> str:
        try:
            self._spool.append(messages, arrived)
        except SpoolBroken:
            # A broken disk keeps its entries to itself: waiting for them would only lose this one too.
            self._publisher.publish(messages, timeout=CONFIRM_SECONDS)
            return "accepted"
        return "spooled"
