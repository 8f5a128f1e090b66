"""How sending from a mailbox goes, told to the desk when it changes (aspect `sending`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from services.notifier.announce import EMAIL, Health, Teller
from services.notifier.domain.mail import Answer, Handed
from services.notifier.domain.outcome import TryLater
from services.notifier.ports import MailTransaction
from shared.contracts.channel_reported import FAILING, OK, WARNING

ASPECT: Final = "sending"
SILENT: Final = timedelta(minutes=5)
"""A server that is away for less is nothing anybody has to know."""
LOOKED: Final = timedelta(seconds=60)
"""For as long it is taken for granted that the desk knows that all is well: another process may have told
otherwise meanwhile."""
WELL: Final = Health(ASPECT, OK, "Mails are sent")


class SendingHealth:
    """One mailbox, in one process. What was told is kept in the store, so that it is told once."""

    def __init__(
        self,
        channel_id: str,
        ends_soon: Callable[[], str],
        teller: Teller,
        clock: Callable[[], datetime],
    ) -> None:
        """`ends_soon`: what will end the log-in before long, in words; empty when nothing will."""
        self._channel_id = channel_id
        self._ends_soon = ends_soon
        self._teller = teller
        self._clock = clock
        self._away_since: datetime | None = None
        self._look_at: datetime | None = None

    def tell(self, transaction: MailTransaction, answer: Answer) -> None:
        """Announce what this answer changes, inside the caller's transaction."""
        stands = self._after(answer)
        if stands is None or not self._channel_id:
            return
        if transaction.told_level(self._channel_id) != stands.level:
            transaction.keep_level(self._channel_id, stands.level)
            transaction.announce([self._teller.channel(self._channel_id, EMAIL, stands)])

    def _after(self, answer: Answer) -> Health | None:
        """How it stands after this answer, as far as that need be looked at."""
        now = self._clock()
        if isinstance(answer, Handed) and answer.taken:
            self._away_since = None
            if self._look_at is not None and now < self._look_at:
                return None
            self._look_at = now + LOOKED
            return self._well()
        if not (isinstance(answer, TryLater) and answer.whole_channel):
            return None  # about one mail
        self._look_at = None
        self._away_since = self._away_since or now
        if not answer.needs_operator and now - self._away_since < SILENT:
            return None
        reason = answer.reason
        return Health(ASPECT, FAILING, reason.title, reason.detail, reason.remedy)

    def _well(self) -> Health:
        ends = self._ends_soon()
        if not ends:
            return WELL
        remedy = "Give the desk access to the mailbox once more, before that."
        return Health(ASPECT, WARNING, "The desk's access to its mail server ends before long", ends, remedy)
