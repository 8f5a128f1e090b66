"""The one place where the notifier's parts meet: settings in; a web application, a worker or a relay out."""

from __future__ import annotations

import logging
import os
import random
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import httpx
from flask import Flask
from pymongo import MongoClient

from services.notifier.announce import SOURCE, Teller
from services.notifier.config import (
    NotifierSettings,
    SendingSettings,
    read_settings,
    read_worker_settings,
)
from services.notifier.consume import EventHandler, Parking
from services.notifier.deliver import Deliverer
from services.notifier.dispatch import Dispatcher
from services.notifier.domain.rate import rate_limit
from services.notifier.erase import Eraser
from services.notifier.mail.engine import MailEngine
from services.notifier.mail.engines import MailEngines
from services.notifier.mail.health import SendingHealth
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import MailServer, Outbox, Outboxes
from services.notifier.mail.smtp import SmtpConnection
from services.notifier.notify import Notifier
from services.notifier.ports import (
    ChannelSender,
    DeliveryStore,
    MailStore,
    TemplateStore,
)
from services.notifier.presence import PresenceShower
from services.notifier.record import Recorder
from services.notifier.senders import build_senders
from services.notifier.status import StatusKeeper
from services.notifier.store.mails import MongoMailStore
from services.notifier.store.mongo import MongoDeliveryStore
from services.notifier.store.templates import MongoTemplateStore
from services.notifier.template_sync import EngineSettings, TemplateEngine
from services.notifier.template_wishes import TemplateKeeper
from shared.blobs.gridfs import GridFsBlobStore
from shared.blobs.store import BlobStore
from shared.contracts.routes import queues_of
from shared.mail_login.kept import MongoTokenStore, TokenStore
from shared.mail_login.tokens import AccessTokens
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

MAX_BODY: Final = 64_000


@dataclass(frozen=True, slots=True)
class Sending:
    """What turns messages from the broker into messages to customers."""

    handler: EventHandler
    parking: Parking
    dispatcher: Dispatcher
    templates: TemplateEngine
    presence: PresenceShower
    mails: MailEngines


@dataclass(frozen=True, slots=True)
class Stores:
    """Where deliveries, templates, mails and files live."""

    deliveries: DeliveryStore
    templates: TemplateStore
    mails: MailStore
    blobs: BlobStore
    logins: TokenStore


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of the worker process, in the order they are started."""

    publisher: PipelinedPublisher
    sending: Sending
    consumer: BatchConsumer
    senders: Collection[ChannelSender]
    clients: tuple[MongoClient[Document], ...]
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


def build_sending(
    settings: SendingSettings,
    stores: Stores,
    senders: dict[str, ChannelSender],
    publisher: Publisher,
    stop: Stop,
) -> Sending:
    """The use cases over stores, senders and a publisher."""
    kinds = {channel.id: channel.kind for channel in settings.channels}
    teller = Teller(utc_now, new_id)
    recorder = Recorder(teller, settings.limits, utc_now, random.random)
    deliverer = Deliverer(stores.deliveries, senders, recorder, settings.limits, stop, utc_now, new_id)
    rates = {channel_id: rate_limit(sender.per_second) for channel_id, sender in senders.items()}
    dispatcher = Dispatcher(stores.deliveries, deliverer, rates, stop, utc_now, threads=settings.threads)
    presence = PresenceShower(kinds, senders, utc_now)
    outboxes = Outboxes(settings.outboxes)
    mails = _mail_engines(outboxes, stores, teller, stop)
    opening = settings.opening_reply
    said = opening.text if opening is not None else None
    keeper = MailKeeper(stores.mails, outboxes, said, teller, utc_now, mails.wake, settings.most_automatic)
    handler = EventHandler(
        stores.deliveries,
        Notifier(kinds, senders, opening, teller, utc_now),
        StatusKeeper(senders, teller),
        TemplateKeeper(stores.templates, kinds, teller, utc_now),
        presence,
        keeper,
        Eraser(stores.deliveries, stores.mails, teller, utc_now),
        dispatcher.wake,
    )
    every = EngineSettings(kinds, settings.template_sync)
    templates = TemplateEngine(stores.templates, senders, every, teller, stop, utc_now)
    return Sending(handler, Parking(publisher, utc_now, new_id), dispatcher, templates, presence, mails)


def _mail_engines(outboxes: Outboxes, stores: Stores, teller: Teller, stop: Stop) -> MailEngines:
    """What sends mails: a thread with a connection for each mailbox that can send."""

    def engine(outbox: Outbox, server: MailServer) -> MailEngine:
        tokens = AccessTokens(server.auth, stores.logins, http, utc_now) if server.auth.oauth else None
        ends_soon = tokens.expires_soon if tokens is not None else str
        health = SendingHealth(outbox.channel_id, ends_soon, teller, utc_now)
        line = SmtpConnection(server, tokens)
        own = outboxes.channels_of(outbox)
        return MailEngine(
            stores.mails, outbox, own, line, health, stores.blobs, teller, stop, utc_now, new_id
        )

    http = httpx.Client()
    return MailEngines([engine(*sending) for sending in outboxes.sending()])


def build_worker(settings: NotifierSettings, sending_settings: SendingSettings, stop: Stop) -> Worker:
    """The worker, nothing of it started."""
    client = connect(settings.mongodb_uri, "notifier.worker")
    blobs = connect(sending_settings.blobs.uri, "notifier.worker")
    db = database(client, settings.mongodb_database)
    files = GridFsBlobStore(blobs, sending_settings.blobs.database)
    stores = Stores(
        MongoDeliveryStore(client, db),
        MongoTemplateStore(client, db),
        MongoMailStore(client, db),
        files,
        MongoTokenStore(db),
    )
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source="notifier.worker")
    senders = build_senders(
        sending_settings.channels,
        sending_settings.files_secret,
        stores.deliveries,
        stores.templates,
        files,
        publisher,
    )
    sending = build_sending(sending_settings, stores, senders, publisher, stop)
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
        "templates": _when(sending.templates.running, "nobody reads templates"),
        "mails": _when(sending.mails.running, "nobody sends mails"),
    }
    return Worker(publisher, sending, consumer, senders.values(), (client, blobs), checks)


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
        db = database(client, settings.mongodb_database)
        MongoDeliveryStore(client, db).prepare()
        MongoTemplateStore(client, db).prepare()
        MongoMailStore(client, db).prepare()


def _when(well: Callable[[], bool], otherwise: str) -> Check:
    return lambda: None if well() else otherwise
