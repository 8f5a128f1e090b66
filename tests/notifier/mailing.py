"""A mail server that answers as told, and what sends to it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from services.notifier.announce import EMAIL, Teller
from services.notifier.domain.mail import Mailbox
from services.notifier.mail.engine import MailEngine
from services.notifier.mail.health import SendingHealth
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import MailServer, Outbox, Outboxes
from services.notifier.mail.smtp import SmtpConnection
from services.notifier.ports import MailStore
from shared.contracts import mail_requested
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress
from shared.contracts.mail_requested import MailRequested
from shared.contracts.reply_mail import ReplyMail
from shared.contracts.reply_requested import Recipient
from shared.contracts.ticket_fact import TicketFact
from shared.mail_login.tokens import AccessTokens
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop
from tests.notifier.building import NOW, Clock, event, reply_request
from tests.support.memory_blobs import MemoryBlobStore

DESK = Mailbox("desk@example.com", "Service desk")
TOKEN = "tt24-abcdefghij23"


@dataclass
class Postbox:
    """What the server took; `answers`: what it says of an address, `at_end` of the mails in turn."""

    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    at_end: list[str] = field(default_factory=list)
    port: int = 0
    senders: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    good_tokens: tuple[str, ...] = ()
    logins: list[str] = field(default_factory=list)
    peers: list[object] = field(default_factory=list)

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
            self.raw.append(envelope.content)
            self.senders.append(envelope.mail_from)
            self.peers.append(session.peer)
            self.encrypted.append(session.ssl is not None)
        if answer == "dies":
            server.transport.abort()
        return answer

    async def auth_XOAUTH2(self, server: Any, arguments: list[str]) -> AuthResult:
        return self._auth(arguments)

    async def auth_OAUTHBEARER(self, server: Any, arguments: list[str]) -> AuthResult:
        return self._auth(arguments)

    def _auth(self, arguments: list[str]) -> AuthResult:
        said = base64.b64decode(arguments[1]).decode()
        self.logins.append(said)
        good = any(f"auth=Bearer {token}\x01\x01" in said for token in self.good_tokens)
        return AuthResult(success=good, handled=False)


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


CHANNEL_ID = "mail-main"
MAILBOX = Mailbox("assistenza@example.org", "Assistenza")


def a_reply(send_id: str = "r1", text: str = "Buongiorno", **changes: Any) -> Event:
    """An agent's answer on the mailbox channel; `mail` and other fields of the request can be given."""
    around = ReplyMail("Re: [TT24] Aiuto", references=["first@x.example", "second@x.example"], token=TOKEN)
    given = {
        "channel_id": CHANNEL_ID,
        "channel_kind": EMAIL,
        "recipient": Recipient("email", "luca@bianchi.example", "Luca Bianchi"),
        "window_expires_at": None,
        "ticket_number": "TT24",
        "mail": around,
    }
    return reply_request(send_id, text, **given | changes)


def outbox(port: int, **changes: Any) -> Outbox:
    """The desk's mailbox, whose server listens on this port of this machine."""
    return replace(Outbox(CHANNEL_ID, MAILBOX, MailServer("127.0.0.1", port), True), **changes)


class Post:
    """Keeper and engines over a store, with time that passes only when told to.

    Without `outboxes` there is the desk's own, for mails of no channel.
    """

    def __init__(
        self,
        store: MailStore,
        port: int,
        user: str = "",
        password: str = "",
        *,
        outboxes: Sequence[Outbox] = (),
        tokens: AccessTokens | None = None,
        most: int = 12,
    ) -> None:
        self.clock = Clock()
        self.stop = Stop()
        self.blobs = MemoryBlobStore()
        self.ends_soon = ""
        teller = Teller(self.clock, new_id)
        own = Outbox("", DESK, MailServer("127.0.0.1", port, user=user, password=password))
        every = Outboxes(outboxes or (own,))
        self.connections: list[SmtpConnection] = []
        self.engines: list[MailEngine] = []
        for one, server in every.sending():
            connection = SmtpConnection(server, tokens)
            health = SendingHealth(one.channel_id, lambda: self.ends_soon, teller, self.clock)
            self.connections.append(connection)
            self.engines.append(
                MailEngine(
                    *(store, one, every.channels_of(one), connection, health, self.blobs, teller),
                    *(self.stop, self.clock, new_id),
                )
            )
        self.keeper = MailKeeper(store, every, _opening, teller, self.clock, lambda: None, most)

    @property
    def engine(self) -> MailEngine:
        return self.engines[0]

    @property
    def connection(self) -> SmtpConnection:
        return self.connections[0]

    def ask(self, *events: Event) -> None:
        self.keeper.take(list(events))

    def turns(self, after: timedelta = timedelta(0)) -> None:
        """Time passes, and all that is due is tried."""
        self.clock.now += after
        for engine in self.engines:
            while engine.turn():
                pass
        for connection in self.connections:
            connection.close()


def _opening(fact: TicketFact) -> str:
    return f"Grazie, il ticket è {fact.ticket_number}." if fact.title else ""
