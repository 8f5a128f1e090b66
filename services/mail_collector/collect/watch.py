"""One mailbox, for as long as the process lives: read by one replica only, tried again whatever happens."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from services.mail_collector.collect.folder import FolderWalk
from services.mail_collector.collect.standing import Standing
from services.mail_collector.domain.backoff import Backoff
from services.mail_collector.ports import MAILBOX, Mailbox, MailboxTrouble
from shared.messaging.message import BrokerUnavailable, Publisher, Unavailable
from shared.mongo.lease import Lease
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

LEASE_SECONDS: Final = 30.0
AWAY_SECONDS: Final = (0.2, 5.0)
"""The first and the longest pause while the broker or the database is away."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The parts of one mailbox. `ends_soon` says what will end the access; `connect`: MailboxTrouble."""

    connect: Callable[[], Mailbox]
    walks: Sequence[FolderWalk]
    standing: Standing
    ends_soon: Callable[[], str]
    publisher: Publisher
    lease: Lease
    lease_seconds: float = LEASE_SECONDS


class MailboxWatch:
    """Runs in a thread of its own; what is wrong with this mailbox is no matter to others."""

    def __init__(self, channel_id: str, watched: Watched, stop: Stop) -> None:
        self.channel_id = channel_id
        self._watched = watched
        self._stop = stop
        self._backoff = Backoff()
        self._away = Backoff(*AWAY_SECONDS)
        self._renewed = -watched.lease_seconds

    @property
    def well(self) -> bool:
        """Whether the mailbox could be read when it was last tried."""
        return self._watched.standing.well

    def run(self) -> None:
        """Until the stop is requested."""
        while not self._stop.requested:
            try:
                if self._holds():
                    self._session()
                else:
                    self._stop.wait(self._watched.lease_seconds / 3)
            except MailboxTrouble as trouble:
                self._watched.standing.troubled(trouble)
                self._stop.wait(self._backoff.next(random.random()))  # noqa: S311 - jitter, not a secret
            except (Unavailable, BrokerUnavailable) as error:
                _log.warning("mail waits in its mailbox", channel_id=self.channel_id, reason=str(error))
                self._stop.wait(self._away.next(random.random()))  # noqa: S311 - jitter
            except Exception as error:
                _log.exception("collecting failed, it is tried again", channel_id=self.channel_id)
                self._watched.standing.troubled(_unexpected(error))
                self._stop.wait(self._backoff.next(random.random()))  # noqa: S311 - jitter
        self._release()

    def _session(self) -> None:
        """As long as the connection lasts. The first folder is open at the end: of it the server tells."""
        if not self._watched.publisher.ready():
            raise BrokerUnavailable("no connection to the broker")
        mailbox = self._watched.connect()
        try:
            while self._holds():
                for walk in reversed(self._watched.walks):
                    walk.walk(mailbox, self._holds)
                self._backoff.reset()
                self._away.reset()
                unsettled = next((walk.unsettled for walk in self._watched.walks if walk.unsettled), None)
                self._watched.standing.works(self._watched.ends_soon(), unsettled)
                mailbox.wait(self._holds)
        finally:
            mailbox.close()

    def _holds(self) -> bool:
        """Whether to go on: no stop, and the lease is ours (asked for again when a third of it is over)."""
        if self._stop.requested:
            return False
        now = monotonic()
        if now - self._renewed < self._watched.lease_seconds / 3:
            return True
        if not self._watched.lease.hold():
            return False
        self._renewed = now
        self._watched.standing.tell_again()
        return True

    def _release(self) -> None:
        try:
            self._watched.lease.release()
        except Unavailable as error:
            _log.info("lease runs out by itself", channel_id=self.channel_id, reason=str(error))


def _unexpected(error: Exception) -> MailboxTrouble:
    """A fault of ours: people have to see that no mail comes in, whatever the reason is."""
    return MailboxTrouble(
        MAILBOX,
        "Collecting mails fails",
        f"{type(error).__name__}: {error}"[:500],
        "It is tried again by itself; the collector's log says more.",
    )
