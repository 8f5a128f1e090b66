"""Reading in a process of its own: a mail that takes too much time or memory harms nothing but itself."""

from __future__ import annotations

import math
import multiprocessing
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TookTooLong
from pathlib import Path
from typing import Final

import structlog
from pebble import ProcessExpired, ProcessPool

from services.mail_collector.channels.email.read import read_mail
from services.mail_collector.domain.found import Found
from services.mail_collector.domain.reading import Aside, Reading

Read = Callable[[bytes, Found], Reading]
MAX_SECONDS: Final = 60.0
"""How long one mail may take by the clock, on a machine that has other work too."""
MAX_CPU_SECONDS: Final = 2
"""How long it may really be worked on (whole seconds: the system counts so)."""
MAX_BYTES: Final = 200 * 1024 * 1024
"""Memory for one mail, above what the process needs without any."""

_HERE: Final = "services.mail_collector.channels.email.isolate"
_TOO_LONG: Final = Aside("took-too-long", "Reading the mail takes too long. It is kept as it came.")
_TOO_MUCH: Final = Aside("too-much-memory", "Reading the mail takes too much memory. It is kept as it came.")
_ENDED_BY: Final = {-signal.SIGXCPU: _TOO_LONG, -signal.SIGABRT: _TOO_MUCH}
"""The system ends what has used up its time; a library that gets no memory ends itself."""
_BROKE: Final = "The process that reads mails ended while it read this one ({}). It is kept as it came."
_PANIC: Final = "The mail could not be read ({}). It is kept as it came."
_TRIES: Final = 2
_FOR_EVER: Final = resource.RLIM_INFINITY
_cpu_seconds = MAX_CPU_SECONDS
_most_bytes = _FOR_EVER
_log = structlog.get_logger(__name__)


class IsolatedReader:
    """Reads one mail at a time in a child that stays warm; safe to use from many threads.

    The child is forked from a small server process, never from this one with its threads, and replaced when
    a mail has ended it.
    """

    def __init__(
        self,
        read: Read = read_mail,
        *,
        seconds: float = MAX_SECONDS,
        cpu_seconds: int = MAX_CPU_SECONDS,
        memory: int = MAX_BYTES,
        workers: int = 1,
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([_HERE])
        self._read = read
        self._seconds = seconds
        self._new_pool = lambda: ProcessPool(
            max_workers=workers, initializer=_limit, initargs=(memory, cpu_seconds), context=context
        )
        self._pool = self._new_pool()
        self._replacing = threading.Lock()

    def read_mail(self, raw: bytes, found: Found) -> Reading:
        """What `read.read_mail` says; `took-too-long` and `too-much-memory` are put aside.

        A child that was ended from outside (the machine's memory was short, say) is no fault of the mail:
        it is read once more before it is put aside as `reader-ended`.
        """
        for _ in range(_TRIES):
            pool = self._pool
            try:
                task: Future[Reading] = pool.schedule(
                    _read_within, (self._read, raw, found), timeout=self._seconds
                )
                return task.result()
            except TookTooLong:
                return Reading(aside=_TOO_LONG)
            except MemoryError:
                return Reading(aside=_TOO_MUCH)
            except ProcessExpired as ended:
                if ended.exitcode in _ENDED_BY:
                    return Reading(aside=_ENDED_BY[ended.exitcode])
                said = f"exit code {ended.exitcode}"
            except (RuntimeError, CancelledError) as broken:
                said = str(broken)
                self._replace(pool)
        return Reading(aside=Aside("reader-ended", _BROKE.format(said)))

    def close(self) -> None:
        """End the child."""
        self._pool.stop()
        self._pool.join()

    def _replace(self, broken: ProcessPool) -> None:
        """A child that ends while it has no mail breaks its pool for good: another takes its place, once."""
        with self._replacing:
            if self._pool is not broken:
                return
            _log.warning("processes that read mails are started anew")
            self._pool = self._new_pool()
        broken.stop()
        broken.join()


def _limit(memory: int, cpu_seconds: int) -> None:
    """In the child, once: how much it may use from what it has now, and no image of it on disk."""
    global _cpu_seconds, _most_bytes
    _cpu_seconds = cpu_seconds
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _most_bytes = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read_within(read: Read, raw: bytes, found: Found) -> Reading:
    """In the child: the system ends it when this mail has had its time, whatever code is running then.

    The limits hold while a mail is read, not while one is handed over: a child that ends then takes the pool
    with it. Libraries that are not written in Python panic with what is no Exception.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + _cpu_seconds)
    _soft(resource.RLIMIT_AS, _most_bytes)
    try:
        return read(raw, found)
    except MemoryError:
        raise
    except BaseException as error:
        return Reading(aside=Aside("unreadable", _PANIC.format(f"{type(error).__name__}: {error}"[:1_000])))
    finally:
        _soft(resource.RLIMIT_AS, _FOR_EVER)
        _soft(resource.RLIMIT_CPU, _FOR_EVER)


def _soft(what: int, limit: int) -> None:
    """A limit that can be lifted again, within what the machine gives the process."""
    most = resource.getrlimit(what)[1]
    if most != _FOR_EVER and (limit == _FOR_EVER or limit > most):
        limit = most
    resource.setrlimit(what, (limit, most))
