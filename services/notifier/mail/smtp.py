"""The mail server (SMTP, RFC 5321): one connection, kept while there is something to send."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import Answer, Handed, Mailbox
from services.notifier.domain.outcome import Refused, TryLater

TIMEOUT_SECONDS: Final = 60.0
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_DOT: Final = re.compile(rb"(?m)^\.")
_ACCOUNT_REMEDY: Final = "Check user and password in SPORTELLO_SMTP_URL."


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. `tls`: from the first byte on; otherwise STARTTLS when offered."""

    host: str
    port: int
    sender: Mailbox
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


class NotHanded(Exception):
    """The last line must not leave: the mail is not ours any more."""


class SmtpConnection:
    """Hands mails over, one after the other. For one thread."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._client: smtplib.SMTP | None = None

    @property
    def server(self) -> str:
        """Host and port."""
        return f"{self._server.host}:{self._server.port}"

    def send(
        self, sender: str, recipients: Sequence[str], content: bytes, handing: Callable[[], None]
    ) -> Answer:
        """Hand one mail over; every trouble is an Answer.

        `handing` is called when all but the last line has left: until then the server has nothing, so a try
        that breaks off is no risk; what it raises breaks the try off and passes through.
        """
        try:
            client = self._ready()
        except smtplib.SMTPAuthenticationError as error:
            return self._away(
                "mail-account-refused", _said(error.smtp_code, error.smtp_error), _ACCOUNT_REMEDY
            )
        except (OSError, smtplib.SMTPException) as error:
            return self._away("mail-server-away", str(error), "")
        try:
            return self._hand_over(client, sender, recipients, content, handing)
        except (OSError, smtplib.SMTPException) as error:
            return self._away("mail-server-away", str(error), "")
        except BaseException:
            self.close(politely=False)
            raise

    def close(self, *, politely: bool = True) -> None:
        """End the connection; the next mail opens another."""
        client, self._client = self._client, None
        if client is None:
            return
        if politely:
            try:
                client.quit()
            except (OSError, smtplib.SMTPException):
                client.close()
        else:
            client.close()

    def _ready(self) -> smtplib.SMTP:
        if self._client is not None:
            try:
                if self._client.rset()[0] == 250:
                    return self._client
            except (OSError, smtplib.SMTPException):
                pass  # the server has closed the connection meanwhile: another one
            self.close(politely=False)
        server = self._server
        context = ssl.create_default_context()
        if server.tls:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, _own_name(), timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            client = smtplib.SMTP(server.host, server.port, _own_name(), timeout=TIMEOUT_SECONDS)
        self._client = client
        client.ehlo()
        encrypted = server.tls
        if not encrypted and client.has_extn("starttls"):
            client.starttls(context=context)
            client.ehlo()
            encrypted = True
        if server.user:
            if not encrypted and server.host not in LOOPBACK:
                raise smtplib.SMTPException("the server offers no encryption, so it is not told the password")
            client.login(server.user, server.password)
        return client

    def _hand_over(
        self,
        client: smtplib.SMTP,
        sender: str,
        recipients: Sequence[str],
        content: bytes,
        handing: Callable[[], None],
    ) -> Answer:
        options = [f"size={len(content)}"] if client.has_extn("size") else []
        code, reply = client.mail(sender, options)
        if code != 250:
            return _not_taken("sender-refused", code, reply)
        taken: list[str] = []
        refused: dict[str, str] = {}
        later: dict[str, str] = {}
        for address in recipients:
            code, reply = client.rcpt(address)
            if code in (250, 251):
                taken.append(address)
            else:
                (refused if code >= 500 else later)[address] = _said(code, reply)
        if not taken:
            return Handed((), refused, later)
        code, reply = client.docmd("data")
        if code != 354:
            return _not_taken("mail-refused", code, reply)
        client.send(_DOT.sub(b"..", content))
        handing()
        try:
            client.send(b".\r\n")
            code, reply = client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close(politely=False)
            return TryLater(
                0, Failure("mail-server-silent", "No answer came", str(error)), unknown_outcome=True
            )
        if code != 250:
            return _not_taken("mail-refused", code, reply)
        return Handed(tuple(taken), refused, later)

    def _away(self, code: str, detail: str, remedy: str) -> TryLater:
        self.close(politely=False)
        title = f"The mail server {self.server} cannot be used"
        return TryLater(0, Failure(code, title, detail, remedy), whole_channel=True)


@cache
def _own_name() -> str:
    """What we say we are; asked once, as a name server that is away would hold up each connection."""
    return socket.getfqdn()


def _not_taken(code: str, number: int, reply: bytes) -> Refused | TryLater:
    """By the first digit of the server's reply; 421 means that it closes for everybody."""
    failure = Failure(code, "The mail server does not take the mail", _said(number, reply))
    if number == 421:
        return TryLater(0, failure, whole_channel=True)
    return Refused(failure) if number >= 500 else TryLater(0, failure)


def _said(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())}"[:500]
