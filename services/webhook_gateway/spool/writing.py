"""Putting messages into the spool: everything that waits in one turn goes into one file, with one fsync."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import gevent
import structlog
from gevent.event import AsyncResult, Event

from services.webhook_gateway.counts import SpoolCounts
from services.webhook_gateway.ports import SpoolBroken, SpoolFull
from services.webhook_gateway.spool.directory import SpoolDirectory
from services.webhook_gateway.spool.entries import Entry, encode_entry
from services.webhook_gateway.spool.gate import Gate, in_thread
from shared.messaging.message import BrokerUnavailable, Outgoing

_log = structlog.get_logger(__name__)

WRITE_SECONDS: Final = 5.0
"""A disk that takes longer is no place for a promise; requests must not pile up before it."""
GROUP_MESSAGES: Final = 256
GROUP_BYTES: Final = 8_000_000
LITTLE_ROOM: Final = 65_536


class _Webhook:
    """The messages of one request, as lines, and whoever waits for them to be on disk."""

    __slots__ = ("arrived", "done", "given_up", "lines", "size")

    def __init__(self, arrived: int, lines: list[bytes]) -> None:
        self.arrived = arrived
        self.lines = lines
        self.size = sum(map(len, lines))
        self.done: AsyncResult[BrokerUnavailable | None] = AsyncResult()
        self.given_up = False


class FileSpool:
    """The spool of one process, over the folder that all processes share."""

    def __init__(self, directory: SpoolDirectory, max_bytes: int, counts: SpoolCounts) -> None:
        """max_bytes: what all files together may take; several processes may pass it by what each writes
        within a second."""
        self._directory = directory
        self._max_bytes = max_bytes
        self._counts = counts
        self._waiting: deque[_Webhook] = deque()
        self._pending = 0
        self._committing = False
        self._newest = 0
        self._broken = ""
        self._gate = Gate(directory)
        self.filled = Event()
        """Set when something was written; whoever drains clears it."""

    def goes_first(self) -> bool:
        """As the port says. While the spool is being handed over, it waits for that: a second at most."""
        if not self._pending and not self._directory.occupied():
            return False
        if self._gate.closed():
            self._gate.wait()
            return self._pending > 0 or self._directory.occupied()
        return True

    def append(self, messages: Sequence[Outgoing], arrived: int) -> None:
        """As the port says."""
        if not messages:
            return
        webhook = _Webhook(arrived, [encode_entry(Entry(arrived, message)) for message in messages])
        self._waiting.append(webhook)
        self._pending += 1
        if not self._committing:
            self._committing = True
            gevent.spawn(self._commit)
        try:
            failure = webhook.done.get(timeout=WRITE_SECONDS)
        except gevent.Timeout:
            webhook.given_up = True
            failure = SpoolBroken(f"the spool's disk takes longer than {WRITE_SECONDS:g} s")
        finally:
            self._pending -= 1
        if failure is not None:
            self._counts.refused("full" if isinstance(failure, SpoolFull) else "broken", len(messages))
            raise failure
        self._counts.spooled(len(messages))

    def refusal(self) -> str | None:
        """As the port says; after a failure of the disk, by trying it."""
        try:
            if self._broken:
                in_thread(self._directory.probe)
                self._broken = ""
            used = in_thread(self._directory.used)
        except OSError as error:
            return f"the spool cannot be written: {error.strerror}"
        return "the spool is full" if self._max_bytes - used < LITTLE_ROOM else None

    def measure(self) -> None:
        """As the port says; a folder that cannot be read leaves the gauges as they were."""
        try:
            usage = in_thread(self._directory.usage)
        except OSError as error:
            _log.warning("spool cannot be read", reason=str(error))
            return
        age = max(0.0, time.time() - usage.oldest_at / 1e9) if usage.entries else 0.0
        self._counts.waiting(usage.entries, usage.bytes, self._max_bytes, age)

    def _commit(self) -> None:
        """Write group after group until nobody waits."""
        try:
            while self._waiting:
                group = self._next_group()
                try:
                    answers = in_thread(self._write, group)
                except Exception as error:  # whoever waits must be told, whatever it was
                    _log.exception("spool failed")
                    answers = [SpoolBroken(repr(error))] * len(group)
                for webhook, answer in zip(group, answers, strict=True):
                    webhook.done.set(answer)
                self.filled.set()
        finally:
            self._committing = False

    def _next_group(self) -> list[_Webhook]:
        group: list[_Webhook] = []
        messages = size = 0
        while self._waiting and messages < GROUP_MESSAGES and size < GROUP_BYTES:
            webhook = self._waiting.popleft()
            if not webhook.given_up:
                group.append(webhook)
                messages += len(webhook.lines)
                size += webhook.size
        return sorted(group, key=lambda webhook: webhook.arrived)

    def _write(self, group: Sequence[_Webhook]) -> list[BrokerUnavailable | None]:
        """Write a group (in a thread); what each of it is answered, None for well.

        Those that came before what is already written waited for the broker's confirm: they get a file of
        their own, because a file has one place in the order.
        """
        answers: dict[_Webhook, BrokerUnavailable | None] = {}
        try:
            room = self._max_bytes - self._directory.used()
            parts: dict[bool, list[_Webhook]] = {True: [], False: []}
            for webhook in group:
                room -= webhook.size
                if room < 0:
                    room += webhook.size
                    answers[webhook] = SpoolFull("the spool is full")
                else:
                    parts[webhook.arrived < self._newest].append(webhook)
            for part in filter(None, parts.values()):
                self._directory.write(part[-1].arrived, [line for webhook in part for line in webhook.lines])
                self._newest = max(self._newest, part[-1].arrived)
                answers |= dict.fromkeys(part)
            self._broken = ""
        except OSError as error:
            self._broken = error.strerror or repr(error)
        broken = SpoolBroken(f"the spool cannot be written: {self._broken}")
        return [answers.get(webhook, broken) for webhook in group]
