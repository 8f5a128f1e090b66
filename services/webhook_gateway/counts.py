"""The gateway's own metrics, with every label bound before the first request."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter

from services.webhook_gateway.ports import Item, Normalised
from shared.contracts import delivery_reported, message_received

_WEBHOOKS: Final = Counter(
    "sportello_webhooks_total", "Requests from providers, by how they ended.", ["channel_kind", "result"]
)
_ITEMS: Final = Counter("sportello_webhook_items_total", "Items found in accepted requests.", ["item"])
_QUARANTINED: Final = Counter("sportello_quarantined_total", "Items set aside.", ["reason"])

_ITEM: Final = {
    message_received.TYPE: _ITEMS.labels("message"),
    delivery_reported.TYPE: _ITEMS.labels("receipt"),
}
_SET_ASIDE: Final = _ITEMS.labels("quarantined")

RESULTS: Final = (
    "accepted",
    "missing-signature",
    "malformed-signature",
    "wrong-signature",
    "too-large",
    "unreadable",
    "broker-unavailable",
)


class ChannelCounts:
    """Counts for one kind of channel."""

    def __init__(self, channel_kind: str) -> None:
        self._results = {result: _WEBHOOKS.labels(channel_kind, result) for result in RESULTS}

    def webhook(self, result: str) -> None:
        """A request ended; `result` is one of RESULTS."""
        self._results[result].inc()

    def items(self, normalised: Normalised) -> None:
        """These items are now with the broker, as events or in quarantine."""
        for item in normalised:
            if isinstance(item, Item):
                _ITEM[item.type].inc()
            else:
                _SET_ASIDE.inc()
                _QUARANTINED.labels(item.reason).inc()
