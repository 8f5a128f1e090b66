"""The timers: every job of the desk, and the lease that keeps a single process at them."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pymongo.database import Database

from services.ticket_service.act.scanning import look_at_waiting
from services.ticket_service.act.webhooks import disable
from services.ticket_service.acting import Desk
from services.ticket_service.clamd import Clamd
from services.ticket_service.config import DeskProcessSettings
from services.ticket_service.jobs.auto_closing import close_and_remind
from services.ticket_service.jobs.retired_statuses import move_on
from services.ticket_service.jobs.service_levels import recalculate, watch_promises
from services.ticket_service.jobs.timers import LEASE_SECONDS, Job, Timers
from services.ticket_service.outbound.loop import WebhookLoop
from services.ticket_service.outbound.send import WebhookSender
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.queries_files import FileQueries
from services.ticket_service.store.queries_settings import SettingQueries
from services.ticket_service.store.timed import TimedTickets
from services.ticket_service.store.webhook_queue import MongoWebhookQueue
from services.ticket_service.wiring.base import blob_store, connect_database, mail_desk
from services.ticket_service.wiring.jobs_chat import chat_jobs
from services.ticket_service.wiring.jobs_people import erasing_job, retention_job
from services.ticket_service.wiring.jobs_relations import confidential_job, purge_job
from services.ticket_service.wiring.worker import crasher
from shared.blobs.store import BlobStore
from shared.mongo.connect import Document, database_check
from shared.mongo.lease import Lease
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop


@dataclass(frozen=True, slots=True)
class TimersProcess:
    """The timers and the webhooks' loop, not yet running, and what their readiness looks at."""

    timers: Timers
    webhooks: WebhookLoop
    checks: dict[str, Check]


def build_timers(settings: DeskProcessSettings, stop: Stop) -> TimersProcess:
    """What happens by the clock; of several replicas one is active."""
    client, db = connect_database(settings, "timers")
    store = MongoDeskStore(client, db, on_point=crasher(settings.crash))
    desk = Desk(store, utc_now, new_id, mail=mail_desk(settings, db))
    lease = Lease(db, "timers", f"{socket.gethostname()}:{os.getpid()}:{new_id()}", LEASE_SECONDS)
    blobs = blob_store(settings, client, "timers")
    every = (
        *jobs(desk, TimedTickets(db), SettingQueries(db)),
        *chat_jobs(desk, db, list(settings.chats)),
        *_forgetting(desk, db, blobs),
        *_scanning(desk, db, blobs, settings.clamd_address),
    )
    timers = Timers(every, lease, stop, utc_now)
    webhooks = WebhookLoop(
        MongoWebhookQueue(db),
        WebhookSender(utc_now, settings.outward.webhook_origins),
        partial(disable, desk),
        stop,
        utc_now,
    )
    checks = {
        "database": lambda: database_check(client),
        "webhooks": lambda: None if webhooks.running() else "nobody delivers webhooks",
    }
    return TimersProcess(timers, webhooks, checks)


def _scanning(desk: Desk, db: Database[Document], blobs: BlobStore, clamd: str | None) -> Sequence[Job]:
    """Files are looked at soon after they came, where there is a virus scanner."""
    if clamd is None:
        return ()
    return (
        Job("scanning", 5, partial(look_at_waiting, desk, FileQueries(db).unscanned, blobs, Clamd(clamd))),
    )


def _forgetting(desk: Desk, db: Database[Document], blobs: BlobStore) -> Sequence[Job]:
    """What goes when its time is over, or when somebody asked for it."""
    return (
        Job("erasing", 10, erasing_job(desk, db, blobs)),
        Job("retention", 3_600, retention_job(desk, db, blobs)),
        Job("purging", 3_600, purge_job(desk, db, blobs)),
        Job("confidential", 300, confidential_job(desk, db)),
    )


def jobs(desk: Desk, tickets: TimedTickets, settings: SettingQueries) -> Sequence[Job]:
    """Every job with how often it runs, in seconds."""
    return (
        Job("sla", 5, partial(watch_promises, desk, tickets)),
        Job("sla-recalculation", 5, partial(recalculate, desk, tickets)),
        Job("auto-close", 300, partial(close_and_remind, desk, tickets)),
        Job("removed-statuses", 30, partial(move_on, desk, settings.tickets_in)),
    )
