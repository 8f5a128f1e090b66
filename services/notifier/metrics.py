"""The notifier's own counters."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

DELIVERIES: Final = Counter(
    "sportello_deliveries_total",
    "Tries to hand a message to a provider, by how they ended.",
    ["channel_kind", "result"],
)
DELIVERY_SECONDS: Final = Histogram(
    "sportello_delivery_seconds",
    "From the request to the provider's acceptance.",
    ["channel_kind"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0),
)
FACTS_WITHOUT_TEXT: Final = Counter(
    "sportello_notifications_without_text_total",
    "Facts about tickets for which no message to the customer is configured.",
    ["event"],
)
CHANNEL_PAUSED: Final = Gauge(
    "sportello_channel_paused",
    "1 while the provider refuses everything of a channel.",
    ["channel_id"],
    multiprocess_mode="mostrecent",
)
THROTTLED: Final = Counter(
    "sportello_sends_throttled_total",
    "Due messages held back because the channel, or the customer, had its share.",
    ["channel_id", "limit"],
)
PRESENCE: Final = Counter(
    "sportello_presence_signs_total",
    "Signs of presence (read, typing), by what became of them.",
    ["channel_kind", "result"],
)
MAILS: Final = Counter(
    "sportello_mails_total",
    "Mails by what became of a try.",
    ["result"],
)
MAIL_SERVER_AWAY: Final = Gauge(
    "sportello_mail_server_away",
    "1 while mails wait because the mail server cannot be used.",
    ["server"],
    multiprocess_mode="mostrecent",
)
TEMPLATE_SYNCS: Final = Counter(
    "sportello_template_syncs_total",
    "Readings of a channel's templates, by how they ended.",
    ["channel_id", "result"],
)
