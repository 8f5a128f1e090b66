"""The threads that watch mailboxes, one for each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Executor

from services.mail_collector.collect.watch import MailboxWatch
from shared.runtime.health import DEGRADED


class Collecting:
    """Started and joined with its process."""

    def __init__(self, watches: Sequence[MailboxWatch], readers: Executor) -> None:
        """`readers`: shared by all mailboxes, and shut down with them."""
        self._watches = watches
        self._readers = readers
        self._threads = [
            threading.Thread(target=watch.run, name=f"mailbox-{watch.channel_id}") for watch in watches
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def check(self) -> str | None:
        """A readiness check: which mailboxes cannot be read. The others are, so this is no reason to end."""
        if not all(thread.is_alive() for thread in self._threads):
            return "the threads that read mailboxes do not run"
        failing = [watch.channel_id for watch in self._watches if not watch.well]
        return f"{DEGRADED}cannot be read now: {', '.join(failing)}" if failing else None

    def join(self) -> None:
        """Wait, after the stop was requested, until every mailbox is left."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._readers.shutdown()
