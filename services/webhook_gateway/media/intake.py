"""Requests for files from the broker: kept as jobs and answered for, the fetching happens elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from services.webhook_gateway.domain.media_job import STORED, MediaJob, Wanted
from services.webhook_gateway.media import announce
from services.webhook_gateway.ports import MediaJobs
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType, new_traceparent
from shared.contracts.media_requested import MediaRequested
from shared.messaging.message import BrokerUnavailable, Delivery, Poison, Publisher, Unavailable

CONFIRM_SECONDS: Final = 10.0


class MediaIntake:
    """A BatchHandler for `media.requested`; `wake` is called when there is something to fetch."""

    def __init__(
        self, jobs: MediaJobs, publisher: Publisher, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._jobs = jobs
        self._publisher = publisher
        self._clock = clock
        self._wake = wake

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Keep all of them. What is stored already is said once more; what failed begins again.

        Poison: no request for a file. Unavailable: database or broker are away.
        """
        now = self._clock()
        jobs = self._jobs.add([_job(_event(delivery), now) for delivery in batch])
        again = [announce.stored(job, job.kept, now) for job in jobs if job.state == STORED and job.kept]
        if again:
            try:
                self._publisher.publish(again, timeout=CONFIRM_SECONDS)
            except BrokerUnavailable as error:
                raise Unavailable(str(error)) from error
        if len(again) < len(jobs):
            self._wake()


def _event(delivery: Delivery) -> Event:
    try:
        event = decode(delivery.body)
    except (MalformedEvent, UnknownEventType) as error:
        raise Poison("malformed-event", str(error)) from error
    if not isinstance(event.data, MediaRequested):
        raise Poison("unexpected-event", f"{event.type} is not for this queue.")
    return event


def _job(event: Event, now: datetime) -> MediaJob:
    asked: MediaRequested = event.data
    wanted = Wanted(
        **asdict(asked.file),
        message_id=asked.message_id,
        channel_id=asked.channel_id,
        channel_kind=asked.channel_kind,
    )
    traceparent = event.traceparent or new_traceparent()
    return MediaJob(wanted, since=now, due_at=now, traceparent=traceparent, cause=event.id)
