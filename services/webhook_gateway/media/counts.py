"""The operator's metrics on files."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

MEDIA: Final = Counter(
    "sportello_media_total",
    "Tries to fetch a file of a customer, by how they ended: stored, retry, failed.",
    ["channel_kind", "result"],
)
MEDIA_SECONDS: Final = Histogram(
    "sportello_media_seconds",
    "From the request for a file until it is in the blob store.",
    ["channel_kind"],
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0, 86_400.0),
)
MEDIA_WAITING: Final = Gauge(
    "sportello_media_waiting",
    "Files that are neither stored nor given up.",
    multiprocess_mode="mostrecent",
)
