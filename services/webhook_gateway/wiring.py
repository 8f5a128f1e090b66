"""The one place where the gateway's parts meet: settings in, a web application or a consumer out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from flask import Flask

from services.webhook_gateway.announce import SOURCE
from services.webhook_gateway.config import GatewaySettings, WebSettings, read_settings, read_web_settings
from services.webhook_gateway.counts import ChannelCounts, SpoolCounts
from services.webhook_gateway.ports import InboundChannel, Spool
from services.webhook_gateway.receive import Receiver
from services.webhook_gateway.replay import Replayer
from services.webhook_gateway.routes import MAX_BODY, add_routes
from services.webhook_gateway.spool.directory import SpoolDirectory
from services.webhook_gateway.spool.draining import Drainer
from services.webhook_gateway.spool.writing import FileSpool
from shared.contracts.routes import queues_of
from shared.messaging.consumer import BatchConsumer
from shared.messaging.message import Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.runtime.clock import utc_now
from shared.runtime.health import DEGRADED, Check
from shared.runtime.ids import new_id
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop
from shared.web.base import create_base_app

CONNECT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Web:
    """The web application, its publisher and what empties its spool: both are started after the fork."""

    app: Flask
    publisher: PipelinedPublisher
    drainer: Drainer


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of the worker process, nothing of it started."""

    publisher: PipelinedPublisher
    consumer: BatchConsumer
    checks: dict[str, Check]


def settings_or_exit(process: str) -> GatewaySettings:
    """The settings, the logs of this process set up; exits with 2 after listing every mistake."""
    settings = or_exit(read_settings)
    configure_logging(SOURCE, process, settings.process.log_level)
    return settings


def web_settings_or_exit() -> WebSettings:
    """The same for the web process."""
    settings = or_exit(read_web_settings)
    configure_logging(SOURCE, "web", settings.gateway.process.log_level)
    return settings


def build_web(settings: WebSettings) -> Web:
    """What runs inside a gevent worker of gunicorn."""
    publisher = PipelinedPublisher(settings.gateway.process.amqp_url, green=True, source=SOURCE)
    directory, counts = SpoolDirectory(settings.spool.folder), SpoolCounts()
    spool = FileSpool(directory, settings.spool.max_bytes, counts)
    app = build_app(settings.gateway.channels, publisher, spool)
    return Web(app, publisher, Drainer(directory, publisher, counts, spool.filled))


def build_worker(settings: GatewaySettings, stop: Stop) -> Worker:
    """What takes replays."""
    name = f"{SOURCE}.worker"
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source=name)
    replayer = build_replayer(settings.channels, publisher)
    consumer = BatchConsumer(
        settings.process.amqp_url, queues_of(name), replayer.handle, replayer.park, stop, name=name
    )
    return Worker(publisher, consumer, {"broker": _broker(lambda: publisher.ready() and consumer.ready())})


def build_app(
    channels: Sequence[InboundChannel],
    publisher: Publisher,
    spool: Spool,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """The web application over a publisher. No hooks around its requests: each costs on every webhook."""
    checks = {"broker": _broker_or_spool(publisher, spool)}
    app = create_base_app(SOURCE, checks, max_body=MAX_BODY, measure=spool.measure)
    for channel in channels:
        add_routes(app, Receiver(channel, publisher, spool, ChannelCounts(channel.kind), clock))
    return app


def build_replayer(
    channels: Sequence[InboundChannel],
    publisher: Publisher,
    clock: Callable[[], datetime] = utc_now,
) -> Replayer:
    """What handles replays, over a publisher."""
    return Replayer(
        {channel.kind: channel for channel in channels},
        publisher,
        {channel.kind: ChannelCounts(channel.kind) for channel in channels},
        clock,
        new_id,
    )


def _broker(ready: Callable[[], bool]) -> Check:
    """A readiness check: None when well, else the reason."""
    return lambda: None if ready() else "no connection to the broker"


def _broker_or_spool(publisher: Publisher, spool: Spool) -> Check:
    """Without the broker the gateway still does its work, as long as its spool takes messages (ADR 8).

    Only at the start it waits a little for the connection, not to spool what could go straight on.
    """
    connected_by = monotonic() + CONNECT_SECONDS

    def check() -> str | None:
        if publisher.ready():
            return None
        refusal = spool.refusal()
        if refusal is not None:
            return f"the broker takes no messages, and {refusal}"
        if monotonic() < connected_by:
            return "connecting to the broker"
        return DEGRADED + "the broker takes no messages; webhooks are spooled"

    return check
