"""The one place where the desk's parts meet: settings in; a worker, a relay or a store out."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pymongo import MongoClient
from pymongo.database import Database

from services.ticket_service.act.presence import Throttle
from services.ticket_service.acting import Desk
from services.ticket_service.api.services import Services
from services.ticket_service.auth import Authenticator
from services.ticket_service.config import (
    CrashPoint,
    DeskProcessSettings,
    read_first_settings,
    read_settings,
)
from services.ticket_service.consume import SERVICE, DeskConsumer
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.settings import FirstSettings
from services.ticket_service.passwords import Argon2Passwords
from services.ticket_service.store.access import Access
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.store.queries import Queries
from services.ticket_service.store.queries_channels import ChannelQueries
from services.ticket_service.store.queries_files import FileQueries
from services.ticket_service.store.queries_quarantine import QuarantineQueries
from shared.blobs.gridfs import GridFsBlobStore
from shared.blobs.store import BlobStore
from shared.contracts.routes import queues_of
from shared.messaging.consumer import BatchConsumer
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import Document, connect, database, database_check
from shared.outbox.relay import Relay
from shared.outbox.source import MongoOutbox
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop

Connected = tuple[MongoClient[Document], Database[Document]]


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker's consumer, not yet running; what its readiness looks at, and what its metrics read."""

    consumer: BatchConsumer
    checks: dict[str, Check]
    aspects: Callable[[], list[Aspect]]


@dataclass(frozen=True, slots=True)
class RelayProcess:
    """The parts of the relay process, not yet started."""

    publisher: PipelinedPublisher
    relay: Relay
    checks: dict[str, Check]


@dataclass(frozen=True, slots=True)
class Web:
    """What the web application rests on, and what its readiness looks at."""

    services: Services
    checks: dict[str, Check]


def settings_or_exit(process: str) -> DeskProcessSettings:
    """The settings of a process, its logs set up; exits with 2 after listing everything that is wrong."""
    settings = or_exit(read_settings)
    configure_logging(SERVICE, process, settings.process.log_level)
    return settings


def first_settings_or_exit() -> FirstSettings:
    """What an empty desk starts with; exits with 2 after listing everything that is wrong."""
    return or_exit(read_first_settings)


def connect_database(settings: DeskProcessSettings, process: str) -> Connected:
    """The client and the desk's database; connects when first used. SettingsError for unsafe settings."""
    client = connect(settings.mongodb_uri, f"{SERVICE}.{process}")
    return client, database(client, settings.mongodb_database)


def build_worker(settings: DeskProcessSettings, stop: Stop) -> Worker:
    """What takes messages, deliveries, quarantined items and dead letters from the broker."""
    client, db = connect_database(settings, "worker")
    store = MongoDeskStore(client, db, on_point=crasher(settings.crash))
    automatic = {channel.id: channel.automatic_tickets for channel in settings.channels}
    desk = DeskConsumer(Desk(store, utc_now, new_id), automatic)
    name = f"{SERVICE}.worker"
    consumer = BatchConsumer(
        settings.process.amqp_url, queues_of(name), desk.handle, desk.park, stop, name=name
    )
    checks = {"broker": when(consumer.ready), "database": lambda: database_check(client)}
    return Worker(consumer, checks, store.channel_aspects)


def build_relay(settings: DeskProcessSettings, stop: Stop) -> RelayProcess:
    """What publishes the outbox; of several replicas one is active."""
    client, db = connect_database(settings, "relay")
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source=f"{SERVICE}.relay")
    outbox = MongoOutbox(db, f"{socket.gethostname()}:{os.getpid()}:{new_id()}")
    checks = {"broker": when(publisher.ready), "database": lambda: database_check(client)}
    return RelayProcess(publisher, Relay(outbox, publisher, stop), checks)


def build_web(settings: DeskProcessSettings) -> Web:
    """What the REST interface needs; it knows the database only, events leave through the outbox."""
    client, db = connect_database(settings, "web")
    own = settings.blobs.uri == settings.mongodb_uri
    keeper = client if own else connect(settings.blobs.uri, f"{SERVICE}.web.blobs")
    return web_on(client, db, GridFsBlobStore(keeper, settings.blobs.database), settings.channels)


def web_on(
    client: MongoClient[Document],
    db: Database[Document],
    blobs: BlobStore,
    channels: tuple[ChannelEntry, ...] = (),
    clock: Callable[[], datetime] = utc_now,
) -> Web:
    """The same on a database that is already connected."""
    access, store = Access(client, db), MongoDeskStore(client, db)
    services = Services(
        Desk(store, clock, new_id),
        Queries(db),
        QuarantineQueries(db),
        access,
        Authenticator(access, Argon2Passwords(), clock),
        FileQueries(db),
        ChannelQueries(db),
        channels,
        blobs,
        Throttle(),
    )

    def prepared() -> None:
        store.workflow()  # raises, and so says why, while `prepare` has not run

    return Web(services, {"database": lambda: database_check(client), "prepared": prepared})


def build_preparing(settings: DeskProcessSettings) -> Preparing:
    """What makes an empty database fit for use."""
    _, db = connect_database(settings, "prepare")
    return Preparing(db)


def when(connected: Callable[[], bool]) -> Check:
    """A readiness check of a connection to the broker."""
    return lambda: None if connected() else "no connection to the broker"


def crasher(crash: CrashPoint | None) -> Callable[[str], None]:
    """Kills the process, as kill -9 would, where a test asks for it; does nothing otherwise."""
    passed = 0

    def on_point(point: str) -> None:
        nonlocal passed
        if crash is not None and point == crash.point:
            passed += 1
            if passed == crash.save:
                os.kill(os.getpid(), signal.SIGKILL)

    return on_point
