"""The threads that fetch files, and the gauge of those that wait."""

from __future__ import annotations

import threading
from typing import Final

import structlog

from services.webhook_gateway.media.counts import MEDIA_WAITING
from services.webhook_gateway.media.work import MediaWork
from services.webhook_gateway.ports import MediaJobs
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 1.0
MEASURE_SECONDS: Final = 15.0


class MediaThreads:
    """`count` threads, each does one file after the other; new requests wake them at once."""

    def __init__(self, work: MediaWork, jobs: MediaJobs, stop: Stop, *, count: int) -> None:
        self._work = work
        self._jobs = jobs
        self._stop = stop
        self._woken = threading.Event()
        self._threads = [threading.Thread(target=self._run, name=f"media-{n}") for n in range(count)]
        self._threads.append(threading.Thread(target=self._measure, name="media-gauge"))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for files now."""
        self._woken.set()

    def running(self) -> bool:
        """Whether all of them work."""
        return all(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait, after the stop was requested, until each file is stored or given back."""
        self._woken.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stop.requested:
            try:
                busy = self._work.do_next()
            except Unavailable as error:
                _log.warning("files wait for the database", reason=str(error))
                self._stop.wait(AWAY_SECONDS)
            except Exception:
                # A thread that ended would be missed only when files wait: the claim runs out, it goes on.
                _log.exception("looking for files failed, it goes on")
                self._stop.wait(AWAY_SECONDS)
            else:
                if not busy:
                    self._woken.wait(POLL_SECONDS)
                    self._woken.clear()

    def _measure(self) -> None:
        while not self._stop.requested:
            try:
                MEDIA_WAITING.set(self._jobs.waiting())
            except Unavailable as error:
                _log.info("waiting files not counted", reason=str(error))
            self._stop.wait(MEASURE_SECONDS)
