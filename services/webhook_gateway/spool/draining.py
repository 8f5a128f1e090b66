"""Bringing what waits to the broker: oldest first, in batches, by one process at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import gevent
import structlog
from gevent.event import Event

from services.webhook_gateway.counts import SpoolCounts
from services.webhook_gateway.spool.directory import Lock, SpoolDirectory, SpoolFile
from services.webhook_gateway.spool.gate import Gate, in_thread
from services.webhook_gateway.spool.lanes import Lane
from services.webhook_gateway.spool.sending import Sender
from services.webhook_gateway.spool.shelf import Shelf
from shared.messaging.message import Publisher

_log = structlog.get_logger(__name__)

BATCH_MESSAGES: Final = 256
BATCH_BYTES: Final = 8_000_000
POLL_SECONDS: Final = 0.5
TROUBLE_SECONDS: Final = 5.0
"""Pause after the disk failed, and between two attempts to close the gate that came to nothing."""
GATE_SECONDS: Final = 0.25


class Drainer:
    """Empties the folder whenever the broker takes messages. Every process has one; a lock chooses."""

    def __init__(
        self,
        directory: SpoolDirectory,
        publisher: Publisher,
        counts: SpoolCounts,
        filled: Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """filled: set when this process has written something, so that it need not be found by looking."""
        self._directory = directory
        self._publisher = publisher
        self._counts = counts
        self._filled = filled
        self._clock = clock
        self._gate = Gate(directory)
        self._gate_from = float("-inf")
        self._shelf = Shelf(directory, counts)
        self._sender = Sender(publisher, clock)
        self._left = 0

    def start(self) -> None:
        """Run in the background, as long as the process lives."""
        gevent.spawn(self._run)

    def drain(self) -> int:
        """Publish what waits, once around; how many messages left. OSError when the folder fails.

        Another process may be at it: then nothing is done. What the broker refuses stays, and holds up
        nothing but what has the same address.
        """
        with self._directory.locked(Lock.DRAIN) as ours:
            if not ours:
                return 0
            in_thread(self._directory.remove_stale)
            left, listed = self._pass()
            if listed <= BATCH_MESSAGES and self._directory.occupied():
                left += self._hand_over()
        self._report(left)
        return left

    def _run(self) -> None:
        while True:
            self._filled.wait(POLL_SECONDS)
            self._filled.clear()
            try:
                while self._publisher.ready() and self._directory.occupied():
                    if not self.drain():
                        break
            except Exception as error:  # a drainer that ends would leave everything where it is
                _log.warning("spool cannot be emptied", reason=repr(error), retry_seconds=TROUBLE_SECONDS)
                gevent.sleep(TROUBLE_SECONDS)

    def _pass(self) -> tuple[int, int]:
        """All files there are now: how many messages left, how many were there."""
        # What is held at the beginning stays held to the end: else a later message could overtake.
        held = self._sender.held()
        files: list[SpoolFile] = in_thread(self._directory.files)
        self._shelf.forget_all_but(files)
        left = 0
        for batch in _batches([file for file in files if not self._shelf.waits_for(file, held)]):
            if not self._publisher.ready():
                break
            left += self._drain_batch(batch, held)
        return left, sum(file.messages for file in files)

    def _drain_batch(self, files: Sequence[SpoolFile], held: set[Lane]) -> int:
        waiting = in_thread(self._shelf.open, files)
        sent = self._sender.send(waiting, held)
        in_thread(self._shelf.close, waiting, sent)
        self._shelf.report()
        self._counts.drained(len(sent))
        return len(sent)

    def _hand_over(self) -> int:
        """Hold new requests for a moment while the last entries leave; they then find the spool empty."""
        left = 0
        if self._sender.held() or self._clock() < self._gate_from:
            return left
        with self._gate.close() as closed:
            until = self._clock() + GATE_SECONDS
            while closed and self._publisher.ready() and self._clock() < until:
                if not self._directory.occupied():
                    return left
                moved, _ = self._pass()
                left += moved
                if not moved:
                    gevent.sleep(0.002)  # something is being written just now
        self._gate_from = self._clock() + (TROUBLE_SECONDS if closed else 0.0)
        return left

    def _report(self, left: int) -> None:
        self._left += left
        if self._left and not self._directory.occupied():
            _log.info("spool is empty again", messages=self._left)
            self._left = 0


def _batches(files: Sequence[SpoolFile]) -> Iterator[list[SpoolFile]]:
    """Consecutive files, together as large as one publish should be; at least one file each."""
    batch: list[SpoolFile] = []
    messages = size = 0
    for file in files:
        if batch and (messages + file.messages > BATCH_MESSAGES or size + file.size > BATCH_BYTES):
            yield batch
            batch, messages, size = [], 0, 0
        batch.append(file)
        messages += file.messages
        size += file.size
    if batch:
        yield batch
