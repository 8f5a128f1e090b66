"""The one place where the notifier's parts meet: settings in; a web application, a worker or a relay out."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass

from flask import Flask
from pymongo import MongoClient

from services.notifier.announce import SOURCE
from services.notifier.channels import REGISTRY
from services.notifier.config import (
    NotifierSettings,
    SendingSettings,
    read_settings,
    read_worker_settings,
)
from services.notifier.consume import EventHandler, Parking
from services.notifier.deliver import Deliverer
from services.notifier.dispatch import Dispatcher
from services.notifier.notify import Notifier
from services.notifier.ports import ChannelSender, DeliveryStore
from services.notifier.status import StatusKeeper
from services.notifier.store.mongo import MongoDeliveryStore
from shared.contracts.routes import queues_of
from shared.messaging.consumer import BatchConsumer
from shared.messaging.message import Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import Document, connect, database, database_check
from shared.outbox.relay import Relay
from shared.outbox.source import MongoOutbox
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop
from shared.web.base import create_base_app, secure_headers, trace_requests

MAX_BODY = 64_000


@dataclass(frozen=True, slots=True)
class Sending:
    """What turns messages from the broker into messages to customers."""

    handler: EventHandler
    parking: Parking
    dispatcher: Dispatcher


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of the worker process, in the order they are started."""

    publisher: PipelinedPublisher
    sending: Sending
    consumer: BatchConsumer
    senders: Collection[ChannelSender]
    client: MongoClient[Document]
    checks: dict[str, Check]


@dataclass(frozen=True, slots=True)
class RelayProcess:
    """The parts of the relay process."""

    publisher: PipelinedPublisher
    relay: Relay
    client: MongoClient[Document]
    checks: dict[str, Check]


@dataclass(frozen=True, slots=True)
class Web:
    """The web application and the connections its readiness looks at; `publisher` starts after the fork."""

    app: Flask
    publisher: PipelinedPublisher
    client: MongoClient[Document]


def settings_or_exit(process: str) -> NotifierSettings:
    """The settings of a process that does not send, its logs set up; exits with 2 when they are wrong."""
    settings = or_exit(read_settings)
    configure_logging(SOURCE, process, settings.process.log_level)
    return settings


def worker_settings_or_exit() -> tuple[NotifierSettings, SendingSettings]:
    """The settings of the worker, its logs set up; exits with 2 when they are wrong."""
    settings, sending = or_exit(read_worker_settings)
    configure_logging(SOURCE, "worker", settings.process.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request; ours say which message it was
    return settings, sending


def build_senders(settings: SendingSettings) -> dict[str, ChannelSender]:
    """A sender for each channel, by channel id."""
    return {channel.id: REGISTRY[channel.kind].sender(channel.fields) for channel in settings.channels}


def build_sending(
    settings: SendingSettings,
    store: DeliveryStore,
    senders: dict[str, ChannelSender],
    publisher: Publisher,
    stop: Stop,
) -> Sending:
    """The use cases over a store, senders and a publisher."""
    kinds = {channel.id: channel.kind for channel in settings.channels}
    deliverer = Deliverer(store, senders, settings.limits, stop, utc_now, new_id)
    dispatcher = Dispatcher(store, deliverer, list(kinds), stop, utc_now, threads=settings.threads)
    notifier = Notifier(kinds, settings.opening_reply, utc_now, new_id)
    status = StatusKeeper(senders, utc_now, new_id)
    handler = EventHandler(store, notifier, status, dispatcher.wake)
    return Sending(handler, Parking(publisher, utc_now, new_id), dispatcher)


def build_worker(settings: NotifierSettings, sending_settings: SendingSettings, stop: Stop) -> Worker:
    """The worker, nothing of it started."""
    client = connect(settings.mongodb_uri, "notifier.worker")
    store = MongoDeliveryStore(client, database(client, settings.mongodb_database))
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source="notifier.worker")
    senders = build_senders(sending_settings)
    sending = build_sending(sending_settings, store, senders, publisher, stop)
    consumer = BatchConsumer(
        settings.process.amqp_url,
        queues_of("notifier.worker"),
        sending.handler,
        sending.parking,
        stop,
        name="notifier.worker",
    )
    checks: dict[str, Check] = {
        "broker": _when(lambda: publisher.ready() and consumer.ready(), "no connection to the broker"),
        "database": lambda: database_check(client),
        "dispatcher": _when(sending.dispatcher.running, "the dispatcher does not run"),
    }
    return Worker(publisher, sending, consumer, senders.values(), client, checks)


def build_relay(settings: NotifierSettings, stop: Stop) -> RelayProcess:
    """The relay, nothing of it started."""
    client = connect(settings.mongodb_uri, "notifier.relay")
    holder = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
    outbox = MongoOutbox(database(client, settings.mongodb_database), holder)
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source="notifier.relay")
    checks: dict[str, Check] = {
        "broker": _when(publisher.ready, "no connection to the broker"),
        "database": lambda: database_check(client),
    }
    return RelayProcess(publisher, Relay(outbox, publisher, stop), client, checks)


def build_web(settings: NotifierSettings) -> Web:
    """The web process, nothing of it started."""
    client = connect(settings.mongodb_uri, "notifier.web")
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source="notifier.web")
    checks: dict[str, Check] = {
        "broker": _when(publisher.ready, "no connection to the broker"),
        "database": lambda: database_check(client),
    }
    app = create_base_app(SOURCE, checks, max_body=MAX_BODY)
    trace_requests(app)
    secure_headers(app)
    return Web(app, publisher, client)


def prepare_store(settings: NotifierSettings) -> None:
    """Create what the store needs."""
    with connect(settings.mongodb_uri, "notifier.prepare") as client:
        MongoDeliveryStore(client, database(client, settings.mongodb_database)).prepare()


def _when(well: Callable[[], bool], otherwise: str) -> Check:
    return lambda: None if well() else otherwise
