"""The worker: what takes messages, deliveries, files and quarantined items from the broker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from services.ticket_service.acting import Desk
from services.ticket_service.config import CrashPoint, DeskProcessSettings
from services.ticket_service.consume import SERVICE, DeskConsumer
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.typing import Typing
from services.ticket_service.wiring.base import blob_store, connect_database, mail_desk, when
from shared.contracts.routes import queues_of
from shared.messaging.consumer import BatchConsumer
from shared.mongo.connect import database_check
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker's consumer, not yet running; what its readiness looks at, and what its metrics read."""

    consumer: BatchConsumer
    checks: dict[str, Check]
    aspects: Callable[[], list[Aspect]]


def build_worker(settings: DeskProcessSettings, stop: Stop) -> Worker:
    """What takes messages, deliveries, quarantined items and dead letters from the broker."""
    client, db = connect_database(settings, "worker")
    store = MongoDeskStore(client, db, on_point=crasher(settings.crash))
    automatic = {channel.id: channel.automatic_tickets for channel in settings.channels}
    blobs = blob_store(settings, client, "worker")
    desk = DeskConsumer(
        Desk(store, utc_now, new_id, mail=mail_desk(settings, db)), automatic, blobs.delete, Typing(db).typed
    )
    name = f"{SERVICE}.worker"
    consumer = BatchConsumer(
        settings.process.amqp_url, queues_of(name), desk.handle, desk.park, stop, name=name
    )
    checks = {"broker": when(consumer.ready), "database": lambda: database_check(client)}
    return Worker(consumer, checks, store.channel_aspects)


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
