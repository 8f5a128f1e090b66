"""The operator's metrics on mailboxes."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

MAILS: Final = Counter(
    "sportello_mails_collected_total",
    "Mails found in mailboxes, by what became of them: published, known, aside.",
    ["channel_id", "result"],
)
MAILBOX_UP: Final = Gauge(
    "sportello_mailbox_up",
    "Whether the mailbox could be read at the last try (only where this process reads it).",
    ["channel_id"],
)
MAILS_WAITING: Final = Gauge(
    "sportello_mails_waiting", "Mails seen in a mailbox and not yet with the broker.", ["channel_id"]
)
MAIL_SECONDS: Final = Histogram(
    "sportello_mail_collect_seconds",
    "From a mail's arrival at its server until the broker has it.",
    ["channel_id"],
    buckets=(0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 3_600.0, 86_400.0),
)
