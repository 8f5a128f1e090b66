"""The one place where the mail collector's parts meet."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import httpx
from flask import Flask
from pymongo import MongoClient
from pymongo.database import Database

from services.mail_collector.announce import SOURCE
from services.mail_collector.channels.email.content_key import content_key
from services.mail_collector.channels.email.folder import ImapMailbox
from services.mail_collector.channels.email.isolate import IsolatedReader
from services.mail_collector.channels.email.settings import NOW, EmailSettings
from services.mail_collector.collect.folder import FolderWalk
from services.mail_collector.collect.handling import Tools
from services.mail_collector.collect.reading import MailReading
from services.mail_collector.collect.standing import Standing
from services.mail_collector.collect.threads import Collecting
from services.mail_collector.collect.watch import LEASE_SECONDS, MailboxWatch, Watched
from services.mail_collector.config import (
    CollectorSettings,
    StoreSettings,
    WorkerSettings,
    read_settings,
    read_store_settings,
    read_worker_settings,
)
from services.mail_collector.domain.plan import Plan
from services.mail_collector.ports import MailReader
from services.mail_collector.replay import Replayer
from services.mail_collector.store.memory import MongoMemory
from shared.blobs.gridfs import GridFsBlobStore
from shared.contracts.routes import queues_of
from shared.mail_login.kept import MongoTokenStore
from shared.mail_login.tokens import AccessTokens
from shared.messaging.consumer import BatchConsumer
from shared.messaging.message import Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import Document, connect, database, database_check
from shared.mongo.lease import Lease
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop
from shared.web.base import create_base_app, secure_headers, trace_requests

MAX_BODY: Final = 64_000
READING_THREADS: Final = 6
"""They mostly wait: for the blob store, and for the processes that read."""
READING_PROCESSES: Final = 2


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of the worker process, in the order they are started."""

    publisher: PipelinedPublisher
    collecting: Collecting
    consumer: BatchConsumer
    reader: MailReader
    clients: Sequence[MongoClient[Document]]
    checks: dict[str, Check]


def settings_or_exit() -> CollectorSettings:
    """The settings of the web process, logs set up; exits with 2 when they are wrong."""
    settings = or_exit(read_settings)
    configure_logging(SOURCE, "web", settings.process.log_level)
    return settings


def worker_settings_or_exit() -> WorkerSettings:
    """The same for the worker."""
    settings = or_exit(read_worker_settings)
    configure_logging(SOURCE, "worker", settings.collector.process.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each token would bury the rest
    return settings


def store_settings_or_exit() -> StoreSettings:
    """The same for preparing the database."""
    settings = or_exit(read_store_settings)
    configure_logging(SOURCE, "prepare", settings.log_level)
    return settings


def prepare_store(settings: StoreSettings) -> None:
    """Indexes. Unavailable without a database."""
    with connect(settings.mongodb_uri, f"{SOURCE}.prepare", patient=True) as client:
        MongoMemory(database(client, settings.mongodb_database)).prepare()


def build_publisher(amqp_url: str) -> PipelinedPublisher:
    """The web process's connection to the broker, not yet started."""
    return PipelinedPublisher(amqp_url, green=False, source=f"{SOURCE}.web")


def build_app(publisher: Publisher) -> Flask:
    """Probes and metrics."""
    app = create_base_app(SOURCE, {"broker": _broker(publisher.ready)}, max_body=MAX_BODY)
    trace_requests(app)
    secure_headers(app)
    return app


def build_worker(
    settings: WorkerSettings,
    stop: Stop,
    *,
    reader: MailReader | None = None,
    lease_seconds: float = LEASE_SECONDS,
) -> Worker:
    """What reads mailboxes and takes replays, nothing of it started. `reader`: in place of the real one."""
    name = f"{SOURCE}.worker"
    amqp_url = settings.collector.process.amqp_url
    publisher = PipelinedPublisher(amqp_url, green=False, source=name)
    client, blobs_client = connect(settings.store.mongodb_uri, name), connect(settings.blobs.uri, name)
    db = database(client, settings.store.mongodb_database)
    blobs = GridFsBlobStore(blobs_client, settings.blobs.database)
    reader = reader or IsolatedReader(workers=READING_PROCESSES)
    reading = MailReading(reader, blobs)
    readers = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="mail-reading")
    mailboxes = settings.collector.mailboxes
    tools = _tools(db, reading, publisher, readers, mailboxes)
    watches = [_watch(mailbox, tools, db, stop, lease_seconds) for mailbox in mailboxes]
    collecting = Collecting(watches, readers)
    addresses = {mailbox.id: mailbox.address for mailbox in mailboxes}
    replayer = Replayer(
        *(addresses, tools.own_addresses, reading, blobs, publisher, content_key, utc_now, new_id)
    )
    consumer = BatchConsumer(amqp_url, queues_of(name), replayer.handle, replayer.park, stop, name=name)
    checks: dict[str, Check] = {
        "broker": _broker(lambda: publisher.ready() and consumer.ready()),
        "database": lambda: database_check(client),
        "mailboxes": collecting.check,
    }
    return Worker(publisher, collecting, consumer, reader, (client, blobs_client), checks)


def _tools(
    db: Database[Document],
    reading: MailReading,
    publisher: Publisher,
    readers: Executor,
    mailboxes: Sequence[EmailSettings],
) -> Tools:
    own_addresses = frozenset(address for mailbox in mailboxes for address in mailbox.addresses)
    return Tools(MongoMemory(db), reading, publisher, readers, content_key, own_addresses, utc_now)


def _watch(
    mailbox: EmailSettings, tools: Tools, db: Database[Document], stop: Stop, lease_seconds: float
) -> MailboxWatch:
    plan = Plan(
        channel_id=mailbox.id,
        address=mailbox.address,
        folders=mailbox.folders,
        only_new=mailbox.start == NOW,
        max_mail_bytes=mailbox.max_mail_bytes,
        oauth=mailbox.imap.auth.oauth,
    )
    tokens = None
    if mailbox.imap.auth.oauth:
        tokens = AccessTokens(mailbox.imap.auth, MongoTokenStore(db), httpx.Client(), utc_now)
    holder = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
    watched = Watched(
        connect=partial(ImapMailbox, mailbox, tokens),
        walks=[FolderWalk(plan, folder, tools) for folder in mailbox.folders],
        standing=Standing(plan, tools.publisher, utc_now, new_id),
        ends_soon=tokens.expires_soon if tokens is not None else lambda: "",
        publisher=tools.publisher,
        lease=Lease(db, f"mailbox {mailbox.id}", holder, lease_seconds),
        lease_seconds=lease_seconds,
    )
    return MailboxWatch(mailbox.id, watched, stop)


def _broker(ready: Callable[[], bool]) -> Check:
    """A readiness check: None when well, else the reason."""
    return lambda: None if ready() else "no connection to the broker"
