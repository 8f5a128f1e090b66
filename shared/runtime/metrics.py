"""The Prometheus registry, right under several gunicorn workers, and the counters of shared code."""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_PUBLISHED = Counter("sportello_published_total", "Messages published to the broker.", ["result"])
PUBLISHED: Final = {result: _PUBLISHED.labels(result) for result in ("confirmed", "failed", "unavailable")}

CONSUMED: Final = Counter("sportello_consumed_total", "Messages taken from the broker.", ["queue", "result"])

OUTBOX_PENDING: Final = Gauge(
    "sportello_outbox_pending",
    "Events saved but not yet confirmed by the broker.",
    multiprocess_mode="mostrecent",
)
OUTBOX_OLDEST: Final = Gauge(
    "sportello_outbox_oldest_seconds",
    "Age of the oldest event in the outbox.",
    multiprocess_mode="mostrecent",
)
HTTP_SECONDS: Final = Histogram(
    "sportello_http_request_seconds",
    "Time to answer a request.",
    ["endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)


def metrics_text() -> bytes:
    """All metrics of this service in Prometheus' text format, summed over its web workers."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
