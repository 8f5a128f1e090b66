"""The one place where the gateway's parts meet: settings in, a web application or a consumer out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Final

from flask import Flask
from pymongo import MongoClient
from pymongo.database import Database

from services.webhook_gateway.announce import SOURCE
from services.webhook_gateway.channels.webchat import WebChat
from services.webhook_gateway.channels.webchat.bodies import MAX_JSON_BYTES
from services.webhook_gateway.channels.webchat.doors import Behind, add_chat_routes
from services.webhook_gateway.channels.webchat.guard import Guard
from services.webhook_gateway.channels.webchat.limits import Rates
from services.webhook_gateway.channels.webchat.offers import Offers
from services.webhook_gateway.channels.webchat.uploads import Room
from services.webhook_gateway.chats.aside import application_aside
from services.webhook_gateway.chats.board import Board
from services.webhook_gateway.chats.doors import Streams, add_stream_doors
from services.webhook_gateway.chats.hub import Hub
from services.webhook_gateway.chats.intake import ErasureIntake, LineIntake, OfferIntake, SignIntake
from services.webhook_gateway.chats.presence import Attendance
from services.webhook_gateway.chats.running import Running
from services.webhook_gateway.chats.settings import StreamsSettings, read_streams_settings
from services.webhook_gateway.chats.sweeping import UploadSweeper
from services.webhook_gateway.chats.telling import PresenceTeller
from services.webhook_gateway.config import (
    ChatSettings,
    FileSettings,
    WebSettings,
    WorkerSettings,
    read_web_settings,
    read_worker_settings,
)
from services.webhook_gateway.consume import ByType
from services.webhook_gateway.counts import ChannelCounts, SpoolCounts
from services.webhook_gateway.files import add_file_route
from services.webhook_gateway.media.fetch import OneTry
from services.webhook_gateway.media.intake import MediaIntake
from services.webhook_gateway.media.standings import Standings
from services.webhook_gateway.media.threads import MediaThreads
from services.webhook_gateway.media.work import LEASE, MediaWork, Surroundings
from services.webhook_gateway.ports import InboundChannel, Spool
from services.webhook_gateway.receive import Intake, Receiver
from services.webhook_gateway.replay import Replayer
from services.webhook_gateway.routes import add_routes
from services.webhook_gateway.spool.directory import SpoolDirectory
from services.webhook_gateway.spool.draining import Drainer
from services.webhook_gateway.spool.writing import FileSpool
from services.webhook_gateway.store.chat_news import MongoChatNews
from services.webhook_gateway.store.chat_presence import MongoPresence
from services.webhook_gateway.store.chats import MongoChats
from services.webhook_gateway.store.media_jobs import MongoMediaJobs
from services.webhook_gateway.store.offers import MongoOffers
from services.webhook_gateway.store.uploads import MongoUploads
from shared.blobs.gridfs import GridFsBlobStore
from shared.blobs.store import BlobStore
from shared.contracts import (
    chat_offered,
    chat_posted,
    chat_signalled,
    contact_erased,
    media_requested,
    webhook_replayed,
)
from shared.contracts.routes import queues_of
from shared.messaging.consumer import BatchConsumer
from shared.messaging.message import BatchHandler, Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import Document, connect, database, database_check
from shared.mongo.transactions import database_errors
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
class Streaming:
    """The streams' application, and what runs besides: it is started after the fork."""

    app: Flask
    running: Running


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of the worker process, in the order they are started."""

    publisher: PipelinedPublisher
    media: MediaThreads
    teller: PresenceTeller
    sweeper: UploadSweeper
    consumer: BatchConsumer
    clients: Sequence[MongoClient[Document]]
    checks: dict[str, Check]


def worker_settings_or_exit() -> WorkerSettings:
    """The settings of the worker, its logs set up; exits with 2 after listing every mistake."""
    settings = or_exit(read_worker_settings)
    configure_logging(SOURCE, "worker", settings.gateway.process.log_level)
    return settings


def web_settings_or_exit() -> WebSettings:
    """The same for the web process."""
    settings = or_exit(read_web_settings)
    configure_logging(SOURCE, "web", settings.gateway.process.log_level)
    return settings


def streams_settings_or_exit() -> StreamsSettings:
    """The same for the streams process."""
    settings = or_exit(read_streams_settings)
    configure_logging(SOURCE, "streams", settings.log_level)
    return settings


def build_web(settings: WebSettings) -> Web:
    """What runs inside a gevent worker of gunicorn."""
    publisher = PipelinedPublisher(settings.gateway.process.amqp_url, green=True, source=SOURCE)
    directory, counts = SpoolDirectory(settings.spool.folder), SpoolCounts()
    spool = FileSpool(directory, settings.spool.max_bytes, counts)
    app = build_app(settings.gateway.channels, publisher, spool)
    if settings.files is not None:
        blobs = _blobs_later(settings.files)
        add_file_route(app, settings.files.secret, blobs, utc_now)
        if settings.chats is not None:
            intake = Intake(WebChat.kind, publisher, spool, ChannelCounts(WebChat.kind))
            db = _database_later(settings.chats)
            offers = Offers(cache(lambda: MongoOffers(db())))
            room = Room(blobs, cache(lambda: MongoUploads(db())))
            guard = Guard(settings.gateway.chats, Rates(), utc_now, settings.chats.trusted_proxies)
            behind = Behind(offers, intake, room, settings.files.secret, settings.chats.newcomers)
            add_chat_routes(app, guard, behind)
    return Web(app, publisher, Drainer(directory, publisher, counts, spool.filled))


def build_streams(settings: StreamsSettings) -> Streaming:
    """What runs inside a gevent worker of gunicorn that has nothing to do but stream."""
    name = f"{SOURCE}.streams"
    client = connect(settings.mongodb_uri, name)
    db = database(client, settings.mongodb_database)
    board = Board(MongoOffers(db))
    hub = Hub(MongoChatNews(db), settings.most_streams, board.hear, settings.most_of_address)
    attendance = Attendance(MongoPresence(db), new_id(), utc_now)
    checks: dict[str, Check] = {
        "database": lambda: database_check(client),
        "news": lambda: None if hub.following else "the changes of the chats are not followed",
    }
    app = create_base_app(SOURCE, checks, max_body=0)
    streams = Streams(MongoChats(client, db, utc_now), hub, board, attendance, settings.files_secret)
    guard = Guard(settings.sites, Rates(), utc_now, settings.trusted_proxies)
    add_stream_doors(app, guard, streams)
    app.wsgi_app = application_aside(app.wsgi_app, "/events")  # type: ignore[method-assign, assignment]
    return Streaming(app, Running(hub, attendance))


def build_worker(settings: WorkerSettings, stop: Stop, lease: timedelta = LEASE) -> Worker:
    """What takes replays and fetches files, nothing of it started. `lease`: see LEASE."""
    name = f"{SOURCE}.worker"
    amqp_url = settings.gateway.process.amqp_url
    publisher = PipelinedPublisher(amqp_url, green=False, source=name)
    replayer = build_replayer(settings.gateway.channels, publisher)
    client, blobs_client = connect(settings.mongodb_uri, name), connect(settings.blobs.uri, name)
    db = database(client, settings.mongodb_database)
    jobs = MongoMediaJobs(db)
    blobs = GridFsBlobStore(blobs_client, settings.blobs.database)
    one_try = OneTry(settings.fetchers, blobs)
    work = MediaWork(jobs, one_try, Standings(), Surroundings(publisher, stop, utc_now, new_id, lease))
    media = MediaThreads(work, jobs, stop, count=settings.media_threads)
    teller = PresenceTeller(MongoPresence(db), publisher, stop, utc_now)
    sweeper = UploadSweeper(MongoUploads(db), blobs, stop, utc_now)
    handler = ByType(
        {
            webhook_replayed.TYPE: replayer.handle,
            media_requested.TYPE: MediaIntake(jobs, publisher, utc_now, media.wake),
            **_chat_handlers(client, db),
        }
    )
    consumer = BatchConsumer(amqp_url, queues_of(name), handler, replayer.park, stop, name=name)
    checks: dict[str, Check] = {
        "broker": _broker(lambda: publisher.ready() and consumer.ready()),
        "database": lambda: database_check(client),
        "files": lambda: None if media.running() else "the threads that fetch files do not run",
    }
    return Worker(publisher, media, teller, sweeper, consumer, (client, blobs_client), checks)


def _chat_handlers(client: MongoClient[Document], db: Database[Document]) -> dict[str, BatchHandler]:
    """What takes lines, signs and offers of live chats, and persons to forget."""
    chats = MongoChats(client, db, utc_now)
    return {
        chat_posted.TYPE: LineIntake(chats),
        chat_signalled.TYPE: SignIntake(chats, utc_now),
        chat_offered.TYPE: OfferIntake(MongoOffers(db)),
        contact_erased.TYPE: ErasureIntake(chats),
    }


def build_app(
    channels: Sequence[InboundChannel],
    publisher: Publisher,
    spool: Spool,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """The web application over a publisher. No hooks around its requests: each costs on every webhook."""
    checks = {"broker": _broker_or_spool(publisher, spool)}
    largest = max((channel.max_body for channel in channels), default=MAX_JSON_BYTES)
    app = create_base_app(SOURCE, checks, max_body=largest, measure=spool.measure)
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


def _blobs_later(files: FileSettings) -> Callable[[], BlobStore]:
    """The blob store, connected when first needed: webhooks are taken whether there is one or not."""

    @cache
    def blobs() -> BlobStore:
        with database_errors():
            return GridFsBlobStore(connect(files.blobs.uri, f"{SOURCE}.web"), files.blobs.database)

    return blobs


def _database_later(settings: ChatSettings) -> Callable[[], Database[Document]]:
    """The gateway's database, connected when first needed: a text is taken whether there is one or not."""

    @cache
    def db() -> Database[Document]:
        return database(connect(settings.mongodb_uri, f"{SOURCE}.web"), settings.mongodb_database)

    return db


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
