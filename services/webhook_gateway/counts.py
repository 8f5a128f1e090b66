"""The gateway's own metrics, with every label bound before the first request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Gauge

from services.webhook_gateway.ports import Item, SetAside
from shared.contracts import (
    channel_reported,
    chat_posted,
    delivery_reported,
    media_requested,
    media_stored,
    message_received,
    template_reported,
    visitor_acted,
)

_WEBHOOKS: Final = Counter(
    "sportello_webhooks_total", "Requests from providers, by how they ended.", ["channel_kind", "result"]
)
_ITEMS: Final = Counter("sportello_webhook_items_total", "Items found in accepted requests.", ["item"])
_QUARANTINED: Final = Counter("sportello_quarantined_total", "Items set aside.", ["reason"])

_ITEM: Final = {
    message_received.TYPE: _ITEMS.labels("message"),
    delivery_reported.TYPE: _ITEMS.labels("receipt"),
    media_requested.TYPE: _ITEMS.labels("file"),
    media_stored.TYPE: _ITEMS.labels("file"),
    chat_posted.TYPE: _ITEMS.labels("line"),
    visitor_acted.TYPE: _ITEMS.labels("act"),
    channel_reported.TYPE: _ITEMS.labels("notice"),
    template_reported.TYPE: _ITEMS.labels("notice"),
}
_SET_ASIDE: Final = _ITEMS.labels("quarantined")

RESULTS: Final = (
    "accepted",
    "spooled",
    "missing-signature",
    "malformed-signature",
    "wrong-signature",
    "too-large",
    "unreadable",
    "broker-unavailable",
)

_SPOOLED: Final = Counter("sportello_spooled_total", "Messages put into the spool.")
_DRAINED: Final = Counter("sportello_spool_drained_total", "Messages that left the spool for the broker.")
_REFUSED: Final = Counter(
    "sportello_spool_refused_total", "Messages the spool did not take: full, or its disk broken.", ["reason"]
)
_CORRUPT: Final = Counter("sportello_spool_corrupt_total", "Damaged spool files, set aside.")
# Each worker process reads them from the one folder they share: whoever did so last is right.
_ENTRIES: Final = Gauge(
    "sportello_spool_entries", "Messages that wait in the spool.", multiprocess_mode="mostrecent"
)
_BYTES: Final = Gauge("sportello_spool_bytes", "Size of the spool.", multiprocess_mode="mostrecent")
_LIMIT: Final = Gauge(
    "sportello_spool_limit_bytes", "Size the spool may reach.", multiprocess_mode="mostrecent"
)
_OLDEST: Final = Gauge(
    "sportello_spool_oldest_seconds",
    "Age of the oldest message in the spool.",
    multiprocess_mode="mostrecent",
)


class SpoolCounts:
    """What the spool took, gave and holds."""

    def __init__(self) -> None:
        self._refused = {reason: _REFUSED.labels(reason) for reason in ("full", "broken")}

    def spooled(self, messages: int) -> None:
        """These are on disk."""
        _SPOOLED.inc(messages)

    def drained(self, messages: int) -> None:
        """The broker has confirmed these."""
        _DRAINED.inc(messages)

    def refused(self, reason: str, messages: int) -> None:
        """These found no room: `full` or `broken`."""
        self._refused[reason].inc(messages)

    def corrupt(self) -> None:
        """A file was set aside."""
        _CORRUPT.inc()

    def waiting(self, entries: int, size: int, limit: int, oldest_seconds: float) -> None:
        """What waits now: messages, bytes, bytes allowed, the age of the oldest."""
        _ENTRIES.set(entries)
        _BYTES.set(size)
        _LIMIT.set(limit)
        _OLDEST.set(oldest_seconds)


class ChannelCounts:
    """Counts for one kind of channel."""

    def __init__(self, channel_kind: str) -> None:
        self._results = {result: _WEBHOOKS.labels(channel_kind, result) for result in RESULTS}

    def webhook(self, result: str) -> None:
        """A request ended; `result` is one of RESULTS."""
        self._results[result].inc()

    def items(self, normalised: Sequence[Item | SetAside]) -> None:
        """These items are now with the broker or in the spool, as events or in quarantine."""
        for item in normalised:
            if isinstance(item, Item):
                _ITEM[item.type].inc()
            else:
                _SET_ASIDE.inc()
                _QUARANTINED.labels(item.reason).inc()
