"""A broker that can be away, refuse addresses or take its time; and spools with all their parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import gevent
from prometheus_client import REGISTRY

from services.webhook_gateway.counts import SpoolCounts
from services.webhook_gateway.spool.directory import SpoolDirectory
from services.webhook_gateway.spool.draining import Drainer
from services.webhook_gateway.spool.writing import FileSpool
from shared.messaging.message import BrokerUnavailable, Outgoing

PLENTY = 512 * 1024 * 1024


class FakeBroker:
    """A publisher that keeps what it confirmed, in order, and what it was asked at once."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.calls: list[int] = []
        self.away = False
        self.refuses: Callable[[Outgoing], bool] = lambda _message: False
        self.on_publish: Callable[[], None] = lambda: None

    def ready(self) -> bool:
        return not self.away

    def publish(self, messages: Sequence[Outgoing], *, timeout: float = 3.0) -> None:
        """Takes what it does not refuse, also of a call that fails: as a real one."""
        if not messages:
            return
        self.calls.append(len(messages))
        self.on_publish()
        if self.away:
            raise BrokerUnavailable("connection to the broker lost")
        refused = [message for message in messages if self.refuses(message)]
        self.taken += [message for message in messages if message not in refused]
        if refused:
            raise BrokerUnavailable("refused by the broker")

    def bodies(self, routing_key: str | None = None) -> list[str]:
        """What it took (of one lane), as text."""
        return [message.body.decode() for message in self.taken if routing_key in (None, message.routing_key)]


class Spooling:
    """One process of the gateway, as far as its spool goes; several may share a folder."""

    def __init__(self, folder: Path, broker: FakeBroker | None = None, max_bytes: int = PLENTY) -> None:
        self.broker = broker or FakeBroker()
        self.directory = SpoolDirectory(folder)
        self.directory.prepare()
        self.now = 0.0
        self.spool = FileSpool(self.directory, max_bytes, SpoolCounts())
        self.drainer = Drainer(
            self.directory, self.broker, SpoolCounts(), self.spool.filled, lambda: self.now + time.monotonic()
        )
        self._arrived = 0

    def append(self, *texts: str, key: str = "inbound.1", arrived: int | None = None) -> None:
        """One request with these messages; returns when it is on disk."""
        self._arrived += 1
        self.spool.append(
            [Outgoing("inbound", key, text.encode()) for text in texts],
            self._arrived if arrived is None else arrived,
        )

    def append_at_once(self, *texts: str) -> None:
        """So many requests at the same time."""
        gevent.joinall([gevent.spawn(self.append, text) for text in texts], raise_error=True)

    def files(self) -> list[str]:
        """The names of all files that are not locks."""
        return sorted(path.name for path in self.directory.folder.iterdir() if path.suffix != ".lock")


def metric(name: str, **labels: str) -> float:
    """A metric's value now."""
    return REGISTRY.get_sample_value(f"sportello_{name}", labels) or 0.0
