"""Declares on the broker everything the routing table names; running it again changes nothing."""

from __future__ import annotations

from typing import Any, Final

from pika.adapters.blocking_connection import BlockingChannel

from shared.contracts.routes import DEAD_EXCHANGE, DEAD_QUEUE, ROUTES, Route
from shared.messaging.connect import connect
from shared.messaging.parameters import parameters

MAX_LENGTH: Final = 2_000_000
DELIVERY_LIMIT: Final = 20
"""Far above what the consumer needs to park a message itself: the broker's own limit is only the last net."""


def queue_arguments(route: Route) -> dict[str, Any]:
    """The arguments of a route's queues: quorum, refuse when full, dead letters at least once.

    Only what RabbitMQ 3.10 and 4.x both know (quorum queues, at-least-once dead lettering).
    """
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-max-length": MAX_LENGTH,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-strategy": "at-least-once",
    }
    if route.single_active:
        arguments["x-single-active-consumer"] = True
    return arguments


def declare_on(channel: BlockingChannel) -> None:
    """Declare all. pika's ChannelClosedByBroker when something exists with other arguments."""
    exchanges = sorted({route.exchange for route in ROUTES} | {DEAD_EXCHANGE})
    for exchange in exchanges:
        channel.exchange_declare(exchange, exchange_type="topic", durable=True)
    channel.queue_declare(DEAD_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(DEAD_QUEUE, DEAD_EXCHANGE, "#")
    for route in ROUTES:
        arguments = queue_arguments(route)
        for queue in route.queues():
            channel.queue_declare(queue, durable=True, arguments=arguments)
        for queue, key in route.bindings():
            channel.queue_bind(queue, route.exchange, key)


def declare_topology(amqp_url: str) -> None:
    """Connect, declare, disconnect. pika's AMQPError when the broker cannot be reached."""
    connection = connect(parameters(amqp_url, "topology"))
    try:
        declare_on(connection.channel())
    finally:
        connection.close()
