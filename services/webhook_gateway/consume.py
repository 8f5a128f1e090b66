"""What the worker takes from the broker: each type of event goes to who handles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.messaging.message import BatchHandler, Delivery, Poison


class ByType:
    """A BatchHandler over handlers by type of event, which on these queues is the routing key.

    What they do can be done twice, so a batch may be tried again when only one of them failed.
    """

    def __init__(self, handlers: Mapping[str, BatchHandler]) -> None:
        self._handlers = handlers

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Hand on, in order within each type. Raises what the handlers raise; Poison for any other type."""
        parts: dict[str, list[Delivery]] = {}
        for delivery in batch:
            parts.setdefault(delivery.routing_key, []).append(delivery)
        unknown = sorted(parts.keys() - self._handlers.keys())
        if unknown:
            raise Poison("unexpected-event", f"{unknown[0][:100]} is not for this process.")
        for event_type, messages in parts.items():
            self._handlers[event_type](messages)
