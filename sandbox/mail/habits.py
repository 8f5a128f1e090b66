"""What follows by itself when the desk's mail arrives: answers, returned mails, receipts, and passing it on
to the mail server of another sandbox."""

import logging
import smtplib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sandbox.mail import certified, machines
from sandbox.mail.addresses import domain_of, plain
from sandbox.mail.correspondence import Correspondence
from sandbox.mail.delivery import DeskMailboxes, MailboxUnreachable, as_delivered
from sandbox.mail.store import Mail, MailStore

log = logging.getLogger("sandbox.mail")

RECEIPT_MODES = ("delivered", "accepted", "undelivered", "off")
MAX_ROUTES = 20
_NEXT_SERVER = "127.0.0.1"
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Route:
    """The mail server of a domain, by its port on this machine. `unmarked`: what says that a mail was written
    by a machine is lost on the way."""

    port: int
    unmarked: bool = False


class Habits:
    """Works in the background; `receipts` says which ones follow a certified mail of the desk."""

    def __init__(self, store: MailStore, mailboxes: DeskMailboxes, correspondence: Correspondence) -> None:
        self.receipts = "delivered"
        self._store = store
        self._mailboxes = mailboxes
        self._correspondence = correspondence
        self._routes: dict[str, Route] = {}
        self._lock = threading.Lock()
        # Its threads are started by the first mail, not at import: a server may fork between the two.
        self._work = ThreadPoolExecutor(4, thread_name_prefix="mail")

    def routes(self) -> dict[str, Route]:
        """Domain → where mails to it are passed on."""
        with self._lock:
            return dict(self._routes)

    def route(self, domain: str, route: Route | None) -> bool:
        """Pass mails to a domain on (None: no longer). False: too many routes."""
        with self._lock:
            if route is None:
                self._routes.pop(domain.lower(), None)
            elif len(self._routes) >= MAX_ROUTES and domain.lower() not in self._routes:
                return False
            else:
                self._routes[domain.lower()] = route
        return True

    def arrived(self, mail: Mail, sender: str, recipients: Sequence[str]) -> None:
        """Let follow what follows a mail that was sent to these recipients. Returns at once."""
        for recipient in recipients:
            route = self.routes().get(domain_of(recipient))
            if route is not None:
                self._do(partial(self._pass_on, mail, sender, recipient, route))
            elif self._mailboxes.find(recipient) is not None:
                self._do(partial(self._bring_home, mail, sender, recipient))
            else:
                self._do(partial(self._react, mail, sender, recipient))

    def _do(self, deed: Callable[[], None]) -> None:
        def done() -> None:
            try:
                deed()
            except (MailboxUnreachable, smtplib.SMTPException, OSError) as error:
                log.warning("What should follow a mail did not get through: %s", error)
            except Exception:
                log.exception("What should follow a mail failed")

        self._work.submit(done)

    def _react(self, mail: Mail, sender: str, recipient: str) -> None:
        desk = self._mailboxes.find(sender)
        if desk is not None and desk.certified and self.receipts != "off":
            self._give_receipts(mail, recipient)
        person = self._store.person(recipient)
        to = (mail.read.reply_to or mail.read.sender or [("", sender)])[0][1]
        if person.habit == "bounces":
            self.give_back(mail, recipient, "5.1.1")
        # A machine answers no mail without a sender (RFC 3834, 2); the careless one answers everything else.
        elif person.habit == "absent" and sender and not _is_automatic(mail):
            self._correspondence.post(machines.absence(person, mail, to), recipient, [to])
        elif person.habit == "robot" and sender:
            self._correspondence.post(machines.careless_answer(person, mail, to), recipient, [to])
        elif person.habit == "forgetful" and sender:
            self._correspondence.post(machines.forgetful_mail(person, sender), recipient, [sender])

    def give_back(self, mail: Mail, recipient: str, code: str, words: str = "") -> Mail:
        """Return a mail to the desk as not delivered to this recipient, with an enhanced status code."""
        raw = machines.bounce(mail, recipient, code, words)
        return self._notice(mail, recipient, raw)

    def give_receipt(self, mail: Mail, recipient: str, kind: str) -> Mail:
        """Send a receipt of certified mail (one of certified.RECEIPTS) about a mail of the desk."""
        return self._notice(mail, recipient, certified.receipt(mail, kind, recipient))

    def _give_receipts(self, mail: Mail, recipient: str) -> None:
        self.give_receipt(mail, recipient, "accettazione")
        if self.receipts != "accepted":
            kind = "avvenuta-consegna" if self.receipts == "delivered" else "errore-consegna"
            self.give_receipt(mail, recipient, kind)

    def _notice(self, mail: Mail, recipient: str, raw: bytes) -> Mail:
        sender = mail.read.sender[0][1] if mail.read.sender else ""
        mailbox = self._mailboxes.find(sender)
        if mailbox is None:
            raise MailboxUnreachable(f"{sender or 'Its sender'} is no mailbox of the desk.")
        self._mailboxes.put(mailbox, as_delivered(raw, "", mailbox.address))
        return self._store.add(raw, (recipient.lower(),), outgoing=False, about=mail)

    def _bring_home(self, mail: Mail, sender: str, recipient: str) -> None:
        mailbox = self._mailboxes.find(recipient)
        if mailbox is not None:
            self._mailboxes.put(mailbox, as_delivered(mail.raw, sender, recipient))

    def _pass_on(self, mail: Mail, sender: str, recipient: str, route: Route) -> None:
        raw = machines.unmarked(mail.raw) if route.unmarked else mail.raw
        with smtplib.SMTP(_NEXT_SERVER, route.port, timeout=_TIMEOUT) as server:
            server.sendmail(plain(sender) if sender else "", [recipient], raw)


def _is_automatic(mail: Mail) -> bool:
    values = [value.lower() for name, value in mail.read.headers if name.lower() == "auto-submitted"]
    return bool(values) and values[0] != "no"
