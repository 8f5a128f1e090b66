"""Mails that are asked for are kept for who sends them, each once; and how they end is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from services.notifier.announce import Teller
from services.notifier.domain.mail import DONE, NOT_CONFIGURED, Answer, Mail, again, ended
from services.notifier.domain.outcome import TryLater
from services.notifier.metrics import MAILS
from services.notifier.ports import MailStore, MailTransaction
from services.notifier.translate import mail_of
from shared.contracts.envelope import Event

_log = structlog.get_logger(__name__)


class MailKeeper:
    """Keeps what is asked for. Asked twice with the same id, a mail is kept, and sent, once."""

    def __init__(
        self,
        store: MailStore,
        teller: Teller,
        clock: Callable[[], datetime],
        wake: Callable[[], None] | None,
    ) -> None:
        """`wake`: tells who sends that there is something; None where no mail server is configured."""
        self._store = store
        self._teller = teller
        self._clock = clock
        self._wake = wake

    def take(self, events: Sequence[Event]) -> None:
        """Keep all these `mail.requested`, or none. Without a mail server each fails at once, visibly."""
        if not events:
            return
        now = self._clock()
        mails = [mail_of(event, event.data, now) for event in events]
        new = self._store.transact(lambda transaction: self._take(transaction, mails))
        if self._wake is not None:
            self._wake()
        else:
            counted(*new)

    def _take(self, transaction: MailTransaction, mails: Sequence[Mail]) -> list[Mail]:
        known = transaction.load({mail.id for mail in mails})
        new = {mail.id: mail for mail in mails if mail.id not in known}
        repeated = {mail.message_id for mail in new.values() if mail.attempt}
        if repeated:
            earlier = transaction.of_messages(repeated)
            new = {mail_id: _for_the_others(mail, earlier) for mail_id, mail in new.items()}
        if self._wake is None:
            new = {mail_id: ended(mail, NOT_CONFIGURED) for mail_id, mail in new.items()}
        at_their_end = [mail for mail in new.values() if not mail.open and mail.message_id]
        transaction.announce([self._teller.mail(mail) for mail in at_their_end])
        transaction.insert(list(new.values()))
        return list(new.values())


def _for_the_others(mail: Mail, earlier: Sequence[Mail]) -> Mail:
    """A mail that is asked for again, for those who did not get it; for all where nobody knows any more."""
    if not mail.attempt:
        return mail
    return again(mail, [one for one in earlier if one.message_id == mail.message_id])


def counted(*mails: Mail, answer: Answer | None = None) -> None:
    """Metrics and log of what became of mails after a try, or at once."""
    for mail in mails:
        failure = mail.failure
        if mail.stage != DONE:
            MAILS.labels("later").inc()
            reason = answer.reason.detail if isinstance(answer, TryLater) else ""
            _log.warning("mail waits for another try", tries=mail.tries, reason=reason)
        elif failure is None:
            MAILS.labels("sent").inc()
            _log.info("mail sent", recipients=len(mail.to) + len(mail.cc))
        else:
            MAILS.labels("partly" if mail.taken_at is not None else "failed").inc()
            _log.error("mail failed", mail_id=mail.id, code=failure.code)
