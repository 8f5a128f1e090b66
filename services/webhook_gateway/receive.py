"""What happens to a webhook: verified, normalised, published (or put on disk), and only then accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import time_ns
from typing import Any, Final

from services.webhook_gateway.announce import announce
from services.webhook_gateway.ports import Counts, InboundChannel, Item, SetAside, Spool, SpoolBroken
from shared.contracts.envelope import new_traceparent
from shared.messaging.message import BrokerUnavailable, Outgoing, Publisher

CONFIRM_SECONDS: Final = 3.0
"""Meta wants an answer within a second and gives up within seconds; after this it goes to the spool."""


class Intake:
    """Takes items of one kind of channel and lets go of them only when they are safe."""

    def __init__(self, kind: str, publisher: Publisher, spool: Spool, counts: Counts) -> None:
        self._kind = kind
        self._publisher = publisher
        self._spool = spool
        self._counts = counts

    def accept(self, items: Sequence[Item | SetAside], received_at: datetime, arrived: int) -> None:
        """Return once all items are safely with the broker, or on disk for it: all of them, in one publish.

        `arrived` is when their request came (ns since 1970). BrokerUnavailable: nothing may be promised; who
        sent them must send them again (the ids stay the same).
        """
        messages = announce(self._kind, items, received_at, new_traceparent())
        if self._spool.goes_first():
            result = self._queue_up(messages, arrived)
        else:
            result = self._publish(messages, arrived)
        self._counts.items(items)
        self._counts.webhook(result)

    def mention(self, items: Sequence[Item | SetAside], received_at: datetime) -> None:
        """Pass on what is worthless when late, if the broker takes it now; else it is forgotten."""
        if self._spool.goes_first() or not self._publisher.ready():
            return
        messages = announce(self._kind, items, received_at, new_traceparent())
        try:
            self._publisher.publish(messages, timeout=CONFIRM_SECONDS)
        except BrokerUnavailable:
            return
        self._counts.items(items)

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
        self._intake = Intake(channel.kind, publisher, spool, counts)
        self._clock = clock

    def receive(self, body: bytes, environ: Mapping[str, Any]) -> None:
        """Return once every item of this request is safe.

        Inauthentic: not signed by a configured secret. Unreadable: not the provider's format at all.
        BrokerUnavailable: nothing may be promised, the provider must send it again (the ids stay the same).
        """
        arrived = time_ns()
        received_at = self._clock()
        trusted = self.channel.verify(body, environ)
        items = self.channel.normalise(body, environ.get("QUERY_STRING", ""), received_at, trusted)
        self._intake.accept(items, received_at, arrived)

    def refused(self, result: str) -> None:
        """Count a request that was not accepted."""
        self._intake.refused(result)
