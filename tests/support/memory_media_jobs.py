"""The in-memory twin of the gateway's media jobs."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.webhook_gateway.domain.media_job import FAILED, WAITING, MediaJob
from shared.messaging.message import Unavailable


class MemoryMediaJobs:
    """Jobs in a dict, by attachment id. `fail(times)` makes the next calls find it away."""

    def __init__(self) -> None:
        self.jobs: dict[str, MediaJob] = {}
        self._lock = threading.Lock()
        self._failures = 0

    def fail(self, times: int = 1) -> None:
        """Be away for the next calls."""
        self._failures = times

    def add(self, jobs: Sequence[MediaJob]) -> list[MediaJob]:
        """Keep new jobs and start failed ones again."""
        with self._lock:
            self._meet()
            for job in jobs:
                known = self.jobs.setdefault(job.wanted.id, job)
                if known.state == FAILED:
                    self.jobs[job.wanted.id] = replace(job, wanted=known.wanted, round=known.round + 1)
            return [self.jobs[job.wanted.id] for job in jobs]

    def claim(self, now: datetime, until: datetime, mark: str, paused: Collection[str]) -> MediaJob | None:
        """The job that has been due for longest."""
        with self._lock:
            self._meet()
            due = [
                job
                for job in self.jobs.values()
                if job.state == WAITING and job.due_at <= now and job.wanted.channel_id not in paused
            ]
            if not due:
                return None
            first = min(due, key=lambda one: one.due_at)
            job = replace(first, due_at=until, claim=mark, claims=first.claims + 1)
            self.jobs[job.wanted.id] = job
            return job

    def renew(self, job: MediaJob, until: datetime) -> bool:
        """Keep the claim for longer, if it is still ours."""
        with self._lock:
            self._meet()
            if not self._ours(job, job.claim):
                return False
            self.jobs[job.wanted.id] = replace(self.jobs[job.wanted.id], due_at=until)
            return True

    def settle(self, job: MediaJob, mark: str) -> bool:
        """Replace the job, if it is still claimed with this mark."""
        with self._lock:
            self._meet()
            ours = self._ours(job, mark)
            if ours:
                self.jobs[job.wanted.id] = job
            return ours

    def waiting(self) -> int:
        """How many jobs are not at their end."""
        return sum(job.state == WAITING for job in self.jobs.values())

    def _ours(self, job: MediaJob, mark: str) -> bool:
        known = self.jobs.get(job.wanted.id)
        return known is not None and known.state == WAITING and known.claim == mark

    def _meet(self) -> None:
        if self._failures:
            self._failures -= 1
            raise Unavailable("told to be away")
