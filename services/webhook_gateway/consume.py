"""What the worker takes from the broker: each queue's messages go to who handles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.messaging.message import BatchHandler, Delivery, Poison


class ByQueue:
    """A BatchHandler over several queues; handled twice is handled once, so a batch may be tried again."""

    def __init__(self, handlers: Mapping[str, BatchHandler]) -> None:
        self._handlers = handlers

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Hand on, in order within each queue. Raises what the handlers raise."""
        parts: dict[str, list[Delivery]] = {}
        for delivery in batch:
            parts.setdefault(delivery.queue, []).append(delivery)
        for queue, messages in parts.items():
            handler = self._handlers.get(queue)
            if handler is None:
                raise Poison("unexpected-queue", f"Nobody here handles what comes from {queue}.")
            handler(messages)
