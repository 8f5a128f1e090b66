"""Runs jobs at their times while this process holds the lease; another one takes over when it is killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog
from prometheus_client import Counter, Gauge

from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

LEASE_SECONDS: Final = 20.0
RENEW_SECONDS: Final = 5.0
"""A process that is killed is replaced within both together; the lease outlives some lost renewals."""
RETRY_SECONDS: Final = 30.0
"""A job that failed is tried again after its own time, or after this if that is longer."""
_TURN_SECONDS: Final = 0.5

# `job` would be Prometheus' own label for what it scrapes.
ACTIVE: Final = Gauge("sportello_timers_active", "Whether this process is the one whose timers run.")
RUNS: Final = Counter("sportello_job_runs_total", "Runs of jobs.", ["job_name", "result"])
DONE: Final = Counter("sportello_job_done_total", "Things that jobs have done.", ["job_name"])
EVERY: Final = Gauge("sportello_job_every_seconds", "How often a job should run.", ["job_name"])
SUCCESS: Final = Gauge(
    "sportello_job_last_success_timestamp_seconds",
    "When a job last ran well in this process; when the process became active, before that.",
    ["job_name"],
)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often; `run` is given the time and says how many things it did.

    It may be killed at any moment, and may now and then run twice at once: what must not happen twice is kept
    from it by versions and unique keys.
    """

    name: str
    every_seconds: float
    run: Callable[[datetime], int]


class Claim(Protocol):
    """Which process is the active one; a lease in the database, or a test's."""

    def hold(self) -> bool:
        """Take or renew it; whether it is ours now. Unavailable."""
        ...

    def release(self) -> None:
        """Let another process take over at once. Unavailable."""
        ...


class Timers:
    """All jobs of a process. The lease is renewed beside them, so that a long one does not lose it."""

    def __init__(
        self,
        jobs: Sequence[Job],
        claim: Claim,
        stop: Stop,
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._claim = claim
        self._stop = stop
        self._clock = clock
        self._seconds = seconds
        self._active_until = 0.0
        self._due = dict.fromkeys((job.name for job in jobs), 0.0)

    def run(self) -> None:
        """Run until the stop is requested; a job that is under way ends first."""
        renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
        renewing.start()
        was_active = False
        while not self._stop.wait(_TURN_SECONDS):
            if self.active != was_active:
                was_active = not was_active
                self._became(was_active)
            if was_active:
                self.turn()
        renewing.join()
        try:
            self._claim.release()
        except Unavailable as error:
            _log.info("lease not released, it runs out by itself", reason=str(error))

    @property
    def active(self) -> bool:
        """Whether the lease is ours for some while yet."""
        return self._seconds() < self._active_until

    def turn(self) -> None:
        """Run each job whose time has come."""
        for job in self._jobs:
            if self._stop.requested or not self.active:
                return
            if self._seconds() >= self._due[job.name]:
                well = self._run(job)
                pause = job.every_seconds if well else min(job.every_seconds, RETRY_SECONDS)
                self._due[job.name] = self._seconds() + pause

    def renew(self) -> None:
        """Ask for the lease once; what is not renewed in time is not ours any more."""
        asked = self._seconds()
        try:
            held = self._claim.hold()
        except Unavailable as error:
            _log.warning("lease not renewed", reason=str(error))
            return
        self._active_until = asked + LEASE_SECONDS - RENEW_SECONDS if held else 0.0

    def _renew(self) -> None:
        while not self._stop.requested:
            self.renew()
            self._stop.wait(RENEW_SECONDS)

    def _became(self, active: bool) -> None:
        _log.info("timers are active here" if active else "timers are active elsewhere or nowhere")
        ACTIVE.set(active)
        for job in self._jobs:
            EVERY.labels(job.name).set(job.every_seconds)
            if active:
                SUCCESS.labels(job.name).set_to_current_time()
            else:
                SUCCESS.remove(job.name)

    def _run(self, job: Job) -> bool:
        try:
            done = job.run(self._clock())
        except Unavailable as error:
            _log.warning("job waits", job=job.name, reason=str(error))
            RUNS.labels(job.name, "failed").inc()
            return False
        except Exception:  # a job that fails must not keep the others from running
            _log.exception("job failed", job=job.name)
            RUNS.labels(job.name, "failed").inc()
            return False
        RUNS.labels(job.name, "ok").inc()
        SUCCESS.labels(job.name).set_to_current_time()
        if done:
            DONE.labels(job.name).inc(done)
            _log.info("job done", job=job.name, things=done)
        return True
