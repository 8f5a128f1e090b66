"""A mail server that answers as told, and what sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from services.notifier.announce import Teller
from services.notifier.domain.mail import Mailbox
from services.notifier.mail.engine import MailEngine
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.smtp import MailServer, SmtpConnection
from services.notifier.ports import MailStore
from shared.contracts import mail_requested
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress
from shared.contracts.mail_requested import MailRequested
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop
from tests.notifier.building import NOW, Clock, event
from tests.support.memory_blobs import MemoryBlobStore

DESK = Mailbox("desk@example.com", "Service desk")


@dataclass
class Postbox:
    """What the server took; `answers`: what it says of an address, `at_end` of the mails in turn."""

    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    at_end: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.at_end.pop(0) if self.at_end else "250 OK"
        if answer.startswith(("250", "dies")):
            parsed = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.taken.append((list(envelope.rcpt_tos), parsed))
        if answer == "dies":
            server.transport.abort()
        return answer


@contextmanager
def mail_server(box: Postbox | None = None, port: int = 0, **options: Any) -> Iterator[Postbox]:
    """A server on a loopback port of its own; `options` are the library's."""
    box = box or Postbox()
    controller = _OnAnyPort(box, hostname="127.0.0.1", port=port, server_hostname="mail.test", **options)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


class _OnAnyPort(Controller):
    """The library connects to itself to see that it runs: to the port that was really given."""

    def _trigger_server(self) -> None:
        if self.port == 0:
            server: Any = self.server
            self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


def a_mail(mail_id: str = "m1", *to: str, **changes: Any) -> Event:
    """A mail that is asked for."""
    data = MailRequested(
        mail_id,
        [MailAddress(one) for one in to or ("anna@example.com",)],
        "Hello",
        "A text",
        NOW,
    )
    return event(mail_requested.TYPE, replace(data, **changes), f"{mail_id}:mail")


class Post:
    """Keeper and engine over a store, with time that passes only when told to."""

    def __init__(self, store: MailStore, port: int, user: str = "", password: str = "") -> None:
        self.clock = Clock()
        self.stop = Stop()
        self.blobs = MemoryBlobStore()
        teller = Teller(self.clock, new_id)
        self.connection = SmtpConnection(MailServer("127.0.0.1", port, DESK, user=user, password=password))
        self.engine = MailEngine(
            store, self.connection, DESK, self.blobs, teller, self.stop, self.clock, new_id
        )
        self.keeper = MailKeeper(store, teller, self.clock, self.engine.wake)

    def ask(self, *events: Event) -> None:
        self.keeper.take(list(events))

    def turns(self, after: timedelta = timedelta(0)) -> None:
        """Time passes, and all that is due is tried."""
        self.clock.now += after
        while self.engine.turn():
            pass
        self.connection.close()
