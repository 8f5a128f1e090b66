"""The real broker and database of a test session: given from outside, or started once when first needed."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from typing import Any

import pika
import pymongo

from deploy.local.private import PrivateMongo, PrivateRabbitMQ
from shared.contracts.routes import DEAD_EXCHANGE, DEAD_QUEUE, ROUTES


class SessionBroker:
    """Hands each test an empty virtual host: one of its own on a private node, or a given broker swept clean.

    A private node makes a virtual host in some 20 ms, so nothing is shared and nothing needs purging. Of a
    broker given by AMQP_URL only the virtual host of the URL is used: the known queues are deleted there
    before and after each test. One that somebody consumes from is refused: it would be a living desk.
    """

    def __init__(self, given_url: str | None, node: PrivateRabbitMQ | None) -> None:
        """Exactly one of the two."""
        self._given_url = given_url
        self._node = node

    @property
    def url(self) -> str:
        """The address that all tests share."""
        if self._given_url:
            return self._given_url
        assert self._node is not None
        return self._node.url

    @contextlib.contextmanager
    def empty_vhost(self) -> Iterator[str]:
        """The AMQP URL of a place where no exchange or queue is declared yet."""
        if self._node is None:
            _sweep(self.url)
            yield self.url
            _sweep(self.url)
            return
        name = f"test-{uuid.uuid4().hex[:12]}"
        yield self._node.node.add_vhost(name)
        self._node.node.delete_vhost(name)


@contextlib.contextmanager
def session_broker() -> Iterator[SessionBroker]:
    """The broker of this session. What prevents it from running is raised: tests fail, they never skip."""
    given = os.environ.get("AMQP_URL")
    if given:
        yield SessionBroker(given, None)
        return
    with PrivateRabbitMQ() as node:
        yield SessionBroker(None, node)


@contextlib.contextmanager
def session_mongodb_uri() -> Iterator[str]:
    """The connection string of this session's replica set, given or started here; failing is raised."""
    given = os.environ.get("MONGODB_URI")
    if given:
        yield given
        return
    with PrivateMongo() as server:
        yield server.uri


@contextlib.contextmanager
def throwaway_database(uri: str) -> Iterator[str]:
    """The name of a database nobody uses; all databases whose names begin so are dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield name
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(uri)
    with client:
        for found in client.list_database_names():
            if found.startswith(name):
                client.drop_database(found)


def _sweep(url: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        for queue in [DEAD_QUEUE, *(queue for route in ROUTES for queue in route.queues())]:
            _delete_queue(connection, queue)
        channel = connection.channel()
        for exchange in {DEAD_EXCHANGE} | {route.exchange for route in ROUTES}:
            channel.exchange_delete(exchange)
    finally:
        connection.close()


def _delete_queue(connection: pika.BlockingConnection, queue: str) -> None:
    channel = connection.channel()
    try:
        consumers = channel.queue_declare(queue, passive=True).method.consumer_count
    except pika.exceptions.ChannelClosedByBroker:
        return  # there is none
    if consumers:
        raise RuntimeError(
            f"Somebody consumes from {queue} on the broker of AMQP_URL: tests would destroy a living desk. "
            "Unset AMQP_URL (tests then start a broker of their own) or give an empty virtual host."
        )
    channel.queue_delete(queue)
    channel.close()
