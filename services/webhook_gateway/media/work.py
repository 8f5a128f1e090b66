"""What becomes of one claimed file: stored, tried again later, or given up, and the desk is told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog

from services.webhook_gateway.domain.media_job import MOST_CLAIMS, Kept, MediaJob, Trouble, given_up, pause
from services.webhook_gateway.media import announce
from services.webhook_gateway.media.counts import MEDIA, MEDIA_SECONDS
from services.webhook_gateway.media.standings import Standings
from services.webhook_gateway.ports import FetchTrouble, MediaJobs
from shared.messaging.message import BrokerUnavailable, Outgoing, Publisher, Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
"""A file whose worker died is tried again after this; who works on it renews it. Longer than any one wait."""
AWAY_PAUSE: Final = timedelta(seconds=5)
CONFIRM_SECONDS: Final = 10.0

Fetch = Callable[..., Kept]
"""(wanted, alive) → what was kept."""


class _Stopped(Exception):
    """The process ends: this file goes back."""


class _Lost(Exception):
    """Somebody else has this file by now."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What work needs besides its jobs; `lease` is how long a claim lasts."""

    publisher: Publisher
    stop: Stop
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    lease: timedelta = LEASE


class MediaWork:
    """Does one job at a time; safe to use from many threads."""

    def __init__(self, jobs: MediaJobs, fetch: Fetch, standings: Standings, around: Surroundings) -> None:
        self._jobs = jobs
        self._fetch = fetch
        self._standings = standings
        self._around = around

    def do_next(self) -> bool:
        """Claim a job that is due and do it; False when there is none. Unavailable: the database is away."""
        now = self._around.clock()
        mark = self._around.new_id()
        job = self._jobs.claim(now, now + self._around.lease, mark, self._standings.paused(now))
        if job is None:
            return False
        self._standings.claimed(job.wanted.channel_id, now)
        try:
            self._do(job)
            self._tell_channel(job)
        except _Stopped:
            self._jobs.settle(job.put_off(self._around.clock(), attempts=job.attempts), job.claim)
        except _Lost:
            _log.warning("file is fetched by another worker", attachment_id=job.wanted.id)
        except (BrokerUnavailable, Unavailable) as error:
            # What was stored stays; the desk is told of it at the next try.
            _log.warning("file waits for what is away", attachment_id=job.wanted.id, reason=str(error))
            self._jobs.settle(
                job.put_off(self._around.clock() + AWAY_PAUSE, attempts=job.attempts), job.claim
            )
        return True

    def _do(self, job: MediaJob) -> None:
        if job.claims > MOST_CLAIMS:
            detail = f"It was begun {job.claims - 1} times, and each time the worker ended with it."
            self._troubled(job, Trouble("crashed-the-worker", detail, lasting=True))
            return
        try:
            kept = self._fetch(job.wanted, self._alive(job))
        except FetchTrouble as error:
            self._troubled(job, error.trouble)
        except (_Stopped, _Lost, Unavailable):
            raise
        except Exception:
            # Files are as odd as whoever made them: one of them costs its own tries and nobody else's.
            _log.exception("fetching a file failed", attachment_id=job.wanted.id)
            self._troubled(job, Trouble("fetch-error", "Something unexpected went wrong with this file."))
        else:
            self._stored(job, kept)

    def _stored(self, job: MediaJob, kept: Kept) -> None:
        now = self._around.clock()
        self._standings.succeeded(job.wanted.channel_id)
        self._publish(announce.stored(job, kept, now))
        self._jobs.settle(job.stored(kept, now), job.claim)
        MEDIA.labels(job.wanted.channel_kind, "stored").inc()
        MEDIA_SECONDS.labels(job.wanted.channel_kind).observe(max((now - job.since).total_seconds(), 0.0))
        _log.info("file stored", attachment_id=job.wanted.id, size=kept.size, mime_type=kept.mime_type)

    def _troubled(self, job: MediaJob, trouble: Trouble) -> None:
        now = self._around.clock()
        wanted = job.wanted
        self._standings.troubled(wanted.channel_id, trouble, now)
        ended = given_up(job, trouble, now)
        _log.warning(
            "file given up" if ended else "file not fetched yet",
            attachment_id=wanted.id,
            channel_id=wanted.channel_id,
            code=trouble.code,
            detail=trouble.detail,
            attempts=job.attempts + 1,
        )
        MEDIA.labels(wanted.channel_kind, "failed" if ended else "retry").inc()
        if ended:
            self._publish(announce.failed(job, trouble, now))
            self._jobs.settle(job.failed(now), job.claim)
            return
        # A channel that fails has a pause of its own; its files are due as soon as that is over.
        wait = timedelta(0) if trouble.channel else pause(job.attempts, random.random(), trouble.after)  # noqa: S311
        attempts = job.attempts + (0 if trouble.channel else 1)
        self._jobs.settle(job.put_off(now + wait, attempts=attempts), job.claim)

    def _tell_channel(self, job: MediaJob) -> None:
        channel_id = job.wanted.channel_id
        if not self._standings.must_be_told(channel_id):
            return
        trouble = self._standings.failing(channel_id)
        now = self._around.clock()
        self._publish(announce.channel_stands(job.wanted, trouble, now, self._around.new_id()))
        self._standings.told(channel_id, failing=trouble is not None)

    def _publish(self, message: Outgoing) -> None:
        self._around.publisher.publish([message], timeout=CONFIRM_SECONDS)

    def _alive(self, job: MediaJob) -> Callable[[], None]:
        """What is called at every piece: ends the try on a stop, and renews the claim now and then."""
        every = self._around.lease.total_seconds() / 3
        renewed = monotonic()

        def alive() -> None:
            nonlocal renewed
            if self._around.stop.requested:
                raise _Stopped
            if monotonic() - renewed > every:
                if not self._jobs.renew(job, self._around.clock() + self._around.lease):
                    raise _Lost
                renewed = monotonic()

        return alive
