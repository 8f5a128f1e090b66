"""A desk of three services' parts: bytes of mails come in, bytes of mails go out, and nothing runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.mail_collector.announce import new_trail, received
from services.mail_collector.channels.email.content_key import content_key
from services.mail_collector.channels.email.read import read_mail
from services.mail_collector.domain.found import Found
from services.notifier.announce import Teller
from services.notifier.domain.mail import Handed, Mail, Mailbox, after
from services.notifier.mail.compose import compose
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import MailServer, Outbox, Outboxes
from services.notifier.mail.wanted import concerns_mail
from services.ticket_service.domain.mail_token import MailDesk
from shared.contracts.catalogue import decode
from shared.runtime.ids import new_id
from tests.notifier.building import Clock
from tests.support.memory_mail_store import MemoryMailStore
from tests.ticket_service.mails import KEY, MAILBOX, MailTestDesk

Posted = tuple[str, bytes]
"""To whom a mail goes, and the mail."""


@dataclass
class WholeDesk:
    """One mailbox, its tickets and what it sends; `most_automatic` as SPORTELLO_MAIL_BREAKER."""

    address: str
    clock: Clock = field(default_factory=Clock)
    most_automatic: int = 12

    def __post_init__(self) -> None:
        self.tickets = MailTestDesk(mail=MailDesk((f"{KEY} {self.address}",), {MAILBOX: (self.address,)}))
        self.mails = MemoryMailStore()
        self._outbox = Outbox(MAILBOX, Mailbox(self.address, "Desk"), MailServer("127.0.0.1", 25), True)
        self._keeper = MailKeeper(
            self.mails,
            Outboxes([self._outbox]),
            lambda fact: f"Thank you, your ticket is {fact.ticket_number}.",
            Teller(self.clock, new_id),
            self.clock,
            lambda: None,
            self.most_automatic,
        )
        self._done: set[str] = set()

    def gets(self, raw: bytes) -> None:
        """A mail arrives: it is read, and decided on."""
        now = self.clock()
        found = Found(MAILBOX, self.address, "INBOX", content_key(raw), now, now, frozenset({self.address}))
        reading = read_mail(raw, found)
        assert reading.aside is None, reading.aside
        if reading.message is not None:
            event = decode(received(found, reading.message, new_trail()).body)
            self.tickets.gets(event, now=now)

    def sends(self) -> list[Posted]:
        """All mails that are due now, as they travel; a server took them."""
        new = [each for each in self.tickets.events() if each.id not in self._done]
        self._done |= {each.id for each in new}
        self._keeper.take([each for each in new if concerns_mail(each)])
        posted: list[Posted] = []
        while mail := self.mails.claim([MAILBOX], new_id(), self.clock(), self.clock()):
            content = compose(mail, self._outbox, {})
            posted += [(address, content) for address in mail.left]
            self._took(mail)
        return posted

    def _took(self, mail: Mail) -> None:
        done = after(mail, Handed(mail.left), self.clock())
        self.mails.transact(lambda transaction: transaction.save(done))
