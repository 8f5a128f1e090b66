"""Items that somebody asked to try again: through the same normaliser and publisher as when they came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.webhook_gateway.announce import SOURCE, announce
from services.webhook_gateway.ports import Counts, InboundChannel, Normalised, Unreadable
from shared.contracts import item_quarantined
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType, new_traceparent
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.contracts.webhook_replayed import WebhookReplayed
from shared.messaging.message import (
    BrokerUnavailable,
    Delivery,
    Outgoing,
    Poison,
    Publisher,
    Unavailable,
    outgoing,
)

CONFIRM_SECONDS: Final = 10.0


class Replayer:
    """Handles the gateway's own queue of replays; its two methods are a BatchHandler and a Park."""

    def __init__(
        self,
        channels: Mapping[str, InboundChannel],
        publisher: Publisher,
        counts: Mapping[str, Counts],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._channels = channels
        self._publisher = publisher
        self._counts = counts
        self._clock = clock
        self._new_id = new_id

    def handle(self, batch: Sequence[Delivery]) -> None:
        """Normalise and publish all of them. Poison: no replay at all. Unavailable: the broker is away."""
        messages: list[Outgoing] = []
        done: list[tuple[str, Normalised]] = []
        for delivery in batch:
            event, kind, items = self._normalise(delivery)
            messages += announce(
                kind, items, event.data.received_at, event.traceparent or new_traceparent(), cause=event.id
            )
            done.append((kind, items))
        self._publish(messages)
        for kind, items in done:
            self._counts[kind].items(items)

    def park(self, delivery: Delivery, reason: str, detail: str) -> None:
        """Put a replay that cannot be handled into quarantine. Unavailable when the broker is away."""
        body = delivery.body.decode("utf-8", "replace")
        now = self._clock()
        data = ItemQuarantined(
            SOURCE, reason, detail, body, now, Replay(delivery.exchange, delivery.routing_key, body)
        )
        event = Event(self._new_id(), SOURCE, item_quarantined.TYPE, now, "", data, new_traceparent())
        self._publish([outgoing(event)])

    def _normalise(self, delivery: Delivery) -> tuple[Event, str, Normalised]:
        try:
            event = decode(delivery.body)
        except (MalformedEvent, UnknownEventType) as error:
            raise Poison("malformed-event", str(error)) from error
        replayed = event.data
        if not isinstance(replayed, WebhookReplayed):
            raise Poison("unexpected-event", f"{event.type} is not for this queue.")
        channel = self._channels.get(replayed.channel_kind)
        if channel is None:
            raise Poison("unknown-kind", f"No channel of kind {replayed.channel_kind} is configured.")
        try:
            # It was verified when it came; whose it is can have changed since, which is why it is replayed.
            items = channel.normalise(replayed.payload.encode(), "", replayed.received_at, trusted=None)
        except Unreadable as error:
            raise Poison("unreadable", str(error)) from error
        return event, channel.kind, items

    def _publish(self, messages: Sequence[Outgoing]) -> None:
        try:
            self._publisher.publish(messages, timeout=CONFIRM_SECONDS)
        except BrokerUnavailable as error:
            raise Unavailable(str(error)) from error
