"""The timers: every job of the desk, and the lease that keeps a single process at them."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from services.ticket_service.acting import Desk
from services.ticket_service.config import DeskProcessSettings
from services.ticket_service.jobs.auto_closing import close_and_remind
from services.ticket_service.jobs.service_levels import recalculate, watch_promises
from services.ticket_service.jobs.timers import LEASE_SECONDS, Job, Timers
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.timed import TimedTickets
from services.ticket_service.wiring.base import connect_database
from services.ticket_service.wiring.worker import crasher
from shared.mongo.connect import database_check
from shared.mongo.lease import Lease
from shared.runtime.clock import utc_now
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop


@dataclass(frozen=True, slots=True)
class TimersProcess:
    """The timers, not yet running, and what their readiness looks at."""

    timers: Timers
    checks: dict[str, Check]


def build_timers(settings: DeskProcessSettings, stop: Stop) -> TimersProcess:
    """What happens by the clock; of several replicas one is active."""
    client, db = connect_database(settings, "timers")
    desk = Desk(MongoDeskStore(client, db, on_point=crasher(settings.crash)), utc_now, new_id)
    lease = Lease(db, "timers", f"{socket.gethostname()}:{os.getpid()}:{new_id()}", LEASE_SECONDS)
    timers = Timers(jobs(desk, TimedTickets(db)), lease, stop, utc_now)
    return TimersProcess(timers, {"database": lambda: database_check(client)})


def jobs(desk: Desk, tickets: TimedTickets) -> Sequence[Job]:
    """Every job with how often it runs, in seconds."""
    return (
        Job("sla", 5, partial(watch_promises, desk, tickets)),
        Job("sla-recalculation", 5, partial(recalculate, desk, tickets)),
        Job("auto-close", 300, partial(close_and_remind, desk, tickets)),
    )
