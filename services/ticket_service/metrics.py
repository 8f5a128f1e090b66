"""The desk's own metrics: webhooks, and how the aspects of all channels stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.ticket_service.domain.channel_health import LEVELS, Aspect
from shared.messaging.message import Unavailable

WEBHOOKS: Final = Counter(
    "sportello_webhook_deliveries_total",
    "Tries to deliver a webhook, by what became of them.",
    ["result"],
)


class ChannelHealth(Collector):
    """`sportello_channel_health`: 0 ok, 1 warning, 2 failing.

    Read from the store at each scrape, so that every replica says the same whichever took the news, and says
    it from its start. While the database is away: what was known last.
    """

    def __init__(self, aspects: Callable[[], Sequence[Aspect]]) -> None:
        self._aspects = aspects
        self._known: Sequence[Aspect] = ()

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One gauge per channel and aspect."""
        with suppress(Unavailable):
            self._known = self._aspects()
        gauge = GaugeMetricFamily(
            "sportello_channel_health",
            "How an aspect of a channel stands: 0 ok, 1 warning, 2 failing.",
            labels=["channel_id", "aspect"],
        )
        for each in self._known:
            gauge.add_metric([each.channel_id, each.aspect], LEVELS.index(each.level))
        return [gauge]


def show_channel_health(
    aspects: Callable[[], Sequence[Aspect]], registry: CollectorRegistry = REGISTRY
) -> None:
    """Add the channels' health to what is scraped; `aspects` may raise Unavailable."""
    registry.register(ChannelHealth(aspects))
