"""Mails that are asked for are kept for who sends them, each once; and what is told of them is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from services.notifier.announce import Teller
from services.notifier.domain.breaker import MOST, counted_in, limit_reached
from services.notifier.domain.delivery import Failure
from services.notifier.domain.erasure import unwanted_mail
from services.notifier.domain.mail import DONE, NOTIFICATION, Answer, Mail, again, ended, not_for_all
from services.notifier.domain.outcome import TryLater
from services.notifier.mail.addresses import plain_address
from services.notifier.mail.outbox import Outboxes
from services.notifier.mail.receipts import apply, receipt_of
from services.notifier.mail.wanted import OpeningText, wanted
from services.notifier.metrics import MAILS
from services.notifier.ports import MailStore, MailTransaction
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.envelope import Event

_log = structlog.get_logger(__name__)

OWN: Final = "This is the desk's own address: it would answer itself."


class MailKeeper:
    """Keeps what is asked for. Asked twice with the same id, a mail is kept, and sent, once."""

    def __init__(
        self,
        store: MailStore,
        outboxes: Outboxes,
        opening: OpeningText | None,
        teller: Teller,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        most_automatic: int = MOST,
    ) -> None:
        """`opening`: None where no text is sent. `wake`: tells who sends that there is something.
        `most_automatic`: mails per address and 24 hours.
        """
        self._store = store
        self._outboxes = outboxes
        self._opening = opening
        self._teller = teller
        self._clock = clock
        self._wake = wake
        self._most = most_automatic

    def take(self, events: Sequence[Event]) -> None:
        """Keep the mails all these events ask for and apply what they report, or nothing of it.

        What cannot leave from anywhere fails at once, visibly.
        """
        now = self._clock()
        mails = [mail for event in events if (mail := wanted(event, self._opening, now)) is not None]
        reports = [receipt_of(event.data) for event in events if isinstance(event.data, DeliveryReported)]
        if not mails and not reports:
            return

        def work(transaction: MailTransaction) -> list[Mail]:
            new = self._keep(transaction, mails, now) if mails else []
            apply(transaction, reports, self._teller)
            return new

        counted(*(mail for mail in self._store.transact(work) if not mail.open))
        self._wake()

    def _keep(self, transaction: MailTransaction, mails: Sequence[Mail], now: datetime) -> list[Mail]:
        known = transaction.load({mail.id for mail in mails})
        new = {mail.id: mail for mail in mails if mail.id not in known}
        repeated = {mail.message_id for mail in new.values() if mail.attempt}
        earlier = transaction.of_messages(repeated) if repeated else []
        closed = transaction.closed({mail.conversation_id for mail in new.values() if mail.conversation_id})
        kept = []
        for mail in new.values():
            due = (
                unwanted_mail(mail, now) if mail.conversation_id in closed else _for_the_others(mail, earlier)
            )
            kept.append(self._addressed(transaction, due, now) if due.open else due)
        # The desk made its agents' replies itself; it learns of a notification, or of an end, from us.
        told = [one for one in kept if one.message_id and (one.origin == NOTIFICATION or not one.open)]
        transaction.announce([self._teller.mail(mail) for mail in told])
        transaction.insert(kept)
        return kept

    def _addressed(self, transaction: MailTransaction, mail: Mail, now: datetime) -> Mail:
        """The mail as it can leave: with its Message-ID, without those no automatic mail may go to."""
        outbox = self._outboxes.of(mail)
        if isinstance(outbox, Failure):
            return ended(mail, outbox, now)
        mail = replace(mail, header_id=outbox.header_id(mail))
        return self._spared(transaction, mail, now) if mail.automatic else mail

    def _spared(self, transaction: MailTransaction, mail: Mail, now: datetime) -> Mail:
        """An automatic mail never goes to the desk itself, nor too often to anybody.

        The breaker counts what leaves from a channel: all that can answer each other passes there. Staff's
        notices, which belong to none, are not held back.
        """
        refused = {one: OWN for one in mail.left if self._outboxes.own(one)}
        limit = limit_reached(self._most)
        if mail.channel_id:
            for address in mail.left:
                if address not in refused and not self._counted(transaction, address, now):
                    refused[address] = f"{limit.title}. {limit.detail}"
        left = tuple(one for one in mail.left if one not in refused)
        told = replace(mail, left=left, refused={**mail.refused, **refused})
        if left:
            return told
        limited = any(said != OWN for said in refused.values())
        return ended(told, limit if limited else not_for_all(told), now)

    def _counted(self, transaction: MailTransaction, address: str, now: datetime) -> bool:
        key = plain_address(address)
        times = counted_in(transaction.automatic_to(key), now, self._most)
        if times is None:
            return False
        transaction.count_automatic(key, times)
        return True


def _for_the_others(mail: Mail, earlier: Sequence[Mail]) -> Mail:
    """A mail that is asked for again, for those who did not get it; for all where nobody knows any more."""
    if not mail.attempt or not mail.open:
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
