"""The one place where the gateway's parts meet: settings in, a web application or a consumer out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask

from services.webhook_gateway.announce import SOURCE
from services.webhook_gateway.config import GatewaySettings
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
from shared.runtime.stop import Stop
from shared.web.base import create_base_app


def build_publisher(settings: GatewaySettings, *, green: bool) -> PipelinedPublisher:
    """The process's publisher, not yet started; `green` inside a gevent worker."""
    return PipelinedPublisher(settings.process.amqp_url, green=green, source=SOURCE)


def build_app(
    channels: Sequence[InboundChannel],
    publisher: Publisher,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """The web application over a publisher. No hooks around its requests: each costs on every webhook."""
    app = create_base_app(SOURCE, {"broker": broker_check(publisher.ready)}, max_body=MAX_BODY)
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


def build_consumer(settings: GatewaySettings, replayer: Replayer, stop: Stop) -> BatchConsumer:
    """The consumer of the gateway's queue of replays."""
    return BatchConsumer(
        settings.process.amqp_url,
        queues_of("webhook_gateway.worker"),
        replayer.handle,
        replayer.park,
        stop,
        name="webhook_gateway.worker",
    )


def broker_check(ready: Callable[[], bool]) -> Check:
    """A readiness check: None when well, else the reason."""
    return lambda: None if ready() else "no connection to the broker"
