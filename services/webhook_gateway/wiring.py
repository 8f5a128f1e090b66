"""The one place where the gateway's parts meet: settings in, a web application or a consumer out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from services.webhook_gateway.announce import SOURCE
from services.webhook_gateway.config import GatewaySettings, read_settings
from services.webhook_gateway.counts import ChannelCounts
from services.webhook_gateway.ports import InboundChannel
from services.webhook_gateway.receive import Receiver
from services.webhook_gateway.replay import Replayer
from services.webhook_gateway.routes import MAX_BODY, add_routes
from shared.contracts.routes import queues_of
from shared.messaging.consumer import BatchConsumer
from shared.messaging.message import Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop
from shared.web.base import create_base_app


@dataclass(frozen=True, slots=True)
class Web:
    """The web application and its publisher, which is started after the fork."""

    app: Flask
    publisher: PipelinedPublisher


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


def build_web(settings: GatewaySettings) -> Web:
    """What runs inside a gevent worker of gunicorn."""
    publisher = PipelinedPublisher(settings.process.amqp_url, green=True, source=SOURCE)
    return Web(build_app(settings.channels, publisher), publisher)


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
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """The web application over a publisher. No hooks around its requests: each costs on every webhook."""
    app = create_base_app(SOURCE, {"broker": _broker(publisher.ready)}, max_body=MAX_BODY)
    for channel in channels:
        add_routes(app, Receiver(channel, publisher, ChannelCounts(channel.kind), clock))
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
