"""Persons who are erased: what was sent to them is forgotten, what waits for them is not sent any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from services.notifier.announce import Teller
from services.notifier.domain.erasure import erased_delivery, erased_mail
from services.notifier.ports import DeliveryStore, DeliveryTransaction, MailStore, MailTransaction
from shared.contracts.contact_erased import ContactErased

AT_ONCE: Final = 200
_log = structlog.get_logger(__name__)


class Eraser:
    """Applies `contact.erased`; each step may be repeated and finds what is left."""

    def __init__(
        self, deliveries: DeliveryStore, mails: MailStore, teller: Teller, clock: Callable[[], datetime]
    ) -> None:
        self._deliveries = deliveries
        self._mails = mails
        self._teller = teller
        self._clock = clock

    def take(self, erased: Sequence[ContactErased]) -> None:
        """Forget all these persons. Unavailable: the database; asked again, it goes on."""
        for person in erased:
            talks = person.conversation_ids
            # First: an answer that was asked for before, and is read from its queue only now, finds it.
            self._deliveries.transact(partial(self._close, talks))
            while self._deliveries.transact(partial(self._forget_deliveries, talks)):
                pass
            addresses = {address.casefold() for address in person.addresses}
            while self._mails.transact(partial(self._forget_mails, addresses)):
                pass
            _log.info("person forgotten", contact=person.contact_id)

    def _close(self, talks: Collection[str], transaction: DeliveryTransaction) -> None:
        transaction.close(talks)

    def _forget_deliveries(self, talks: Collection[str], transaction: DeliveryTransaction) -> int:
        found = transaction.telling(talks, AT_ONCE)
        messages = transaction.messages({one.message_id for one in found})
        now = self._clock()
        # All parts of a message at once: what is told of it must not repeat the text of another part.
        every = [part for parts in messages.values() for part in parts]
        self._teller.keep(transaction, messages, [erased_delivery(one, now) for one in every])
        return len(found)

    def _forget_mails(self, addresses: Collection[str], transaction: MailTransaction) -> int:
        found = transaction.to_any(addresses, AT_ONCE)
        now = self._clock()
        for mail in found:
            kept = erased_mail(mail, addresses, now)
            transaction.save(kept)
            if mail.open and mail.message_id:
                transaction.announce([self._teller.mail(kept)])
        return len(found)
