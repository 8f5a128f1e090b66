"""What happens to a webhook: verified, normalised, published, and only then accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from services.webhook_gateway.announce import announce
from services.webhook_gateway.ports import Counts, InboundChannel
from shared.contracts.envelope import new_traceparent
from shared.messaging.message import Publisher

CONFIRM_SECONDS: Final = 3.0
"""Meta wants an answer within a second and gives up within seconds; after this it had better try again."""


class Receiver:
    """Takes the requests of one kind of channel."""

    def __init__(
        self,
        channel: InboundChannel,
        publisher: Publisher,
        counts: Counts,
        clock: Callable[[], datetime],
    ) -> None:
        self.channel = channel
        self._publisher = publisher
        self._counts = counts
        self._clock = clock

    def receive(self, body: bytes, environ: Mapping[str, Any]) -> None:
        """Return once every item of this request is safely with the broker.

        Inauthentic: not signed by a configured secret. Unreadable: not the provider's format at all.
        BrokerUnavailable: nothing may be promised, the provider must send it again (the ids stay the same).
        """
        received_at = self._clock()
        trusted = self.channel.verify(body, environ)
        items = self.channel.normalise(body, received_at, trusted)
        messages = announce(self.channel.kind, items, received_at, new_traceparent())
        self._publisher.publish(messages, timeout=CONFIRM_SECONDS)
        self._counts.items(items)
        self._counts.webhook("accepted")

    def refused(self, result: str) -> None:
        """Count a request that was not accepted."""
        self._counts.webhook(result)
