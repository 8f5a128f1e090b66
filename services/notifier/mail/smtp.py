"""The mail server (SMTP, RFC 5321): one connection, kept while there is something to send."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import Answer, Handed
from services.notifier.domain.mail_words import meaning_of
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.mail.login import LoginRefused, log_in
from services.notifier.mail.outbox import NONE, STARTTLS, TLS, MailServer
from shared.mail_login.tokens import AccessTokens, TokenUnavailable
from shared.messaging.message import Unavailable

TIMEOUT_SECONDS: Final = 60.0
_DOT: Final = re.compile(rb"(?m)^\.")
_LOGIN_WANTED: Final = 530
"""Authentication required (RFC 4954 §6)."""


class NotHanded(Exception):
    """The last line must not leave: the mail is not ours any more."""


class SmtpConnection:
    """Hands mails over, one after the other. For one thread."""

    def __init__(self, server: MailServer, tokens: AccessTokens | None = None) -> None:
        """`tokens`: where one logs in with OAuth."""
        self._server = server
        self._tokens = tokens
        self._client: smtplib.SMTP | None = None

    @property
    def server(self) -> str:
        """Host and port."""
        return self._server.name

    def send(
        self, sender: str, recipients: Sequence[str], content: bytes, handing: Callable[[], None]
    ) -> Answer:
        """Hand one mail over; every trouble is an Answer.

        `handing` is called when all but the last line has left: until then the server has nothing, so a try
        that breaks off is no risk; what it raises breaks the try off and passes through.
        """
        try:
            client = self._ready()
        except LoginRefused as error:
            return self._away("mail-account-refused", error.detail, error.remedy, needs_operator=True)
        except ssl.SSLCertVerificationError as error:
            remedy = "Let the server have a certificate of its name, or name its authority as ca_file."
            return self._away("mail-server-untrusted", str(error), remedy, needs_operator=True)
        except _NotEncrypted as error:
            remedy = "Use a server that encrypts (STARTTLS or TLS)."
            return self._away("mail-server-unencrypted", str(error), remedy, needs_operator=True)
        except (OSError, smtplib.SMTPException, TokenUnavailable, Unavailable) as error:
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
        self._client = client = _connected(self._server)
        client.ehlo()
        encrypted = self._server.security == TLS or _encrypted(client, self._server)
        log_in(client, self._server, self._tokens, encrypted=encrypted)
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
        if code == _LOGIN_WANTED:
            remedy = "Give the channel the user and password of its mail server."
            return self._away("mail-account-refused", _said(code, reply), remedy, needs_operator=True)
        if code != 250:
            return self._not_taken("sender-refused", code, reply)
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
            return self._not_taken("mail-refused", code, reply)
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
            return self._not_taken("mail-refused", code, reply)
        return Handed(tuple(taken), refused, later)

    def _not_taken(self, code: str, number: int, reply: bytes) -> Refused | TryLater:
        """By the first digit of the server's reply; 421 means that it closes for everybody."""
        said = _said(number, reply)
        if number == 421:
            return self._away("mail-server-away", said, "")
        meaning = meaning_of(said)
        title = meaning.title if meaning is not None else "The mail server does not take the mail"
        failure = Failure(code, title, said, meaning.remedy if meaning is not None else "")
        return Refused(failure) if number >= 500 else TryLater(0, failure)

    def _away(self, code: str, detail: str, remedy: str, *, needs_operator: bool = False) -> TryLater:
        self.close(politely=False)
        title = f"The mail server {self.server} cannot be used"
        failure = Failure(code, title, detail, remedy)
        return TryLater(0, failure, whole_channel=True, needs_operator=needs_operator)


class _NotEncrypted(Exception):
    """The server offers no encryption where it has to."""


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == TLS:
        context = ssl.create_default_context(cafile=server.ca_file)
        return smtplib.SMTP_SSL(
            server.host, server.port, _own_name(), timeout=TIMEOUT_SECONDS, context=context
        )
    return smtplib.SMTP(server.host, server.port, _own_name(), timeout=TIMEOUT_SECONDS)


def _encrypted(client: smtplib.SMTP, server: MailServer) -> bool:
    """Encrypt what follows; whether it is. Somebody on the way who hides the offer gets nothing to read."""
    if server.security == NONE:
        return False
    if not client.has_extn("starttls"):
        if server.security == STARTTLS:
            raise _NotEncrypted("It does not offer STARTTLS.")
        return False
    code, reply = client.starttls(context=ssl.create_default_context(cafile=server.ca_file))
    if code != 220:
        raise _NotEncrypted(_said(code, reply))
    client.ehlo()
    return True


@cache
def _own_name() -> str:
    """What we say we are; asked once, as a name server that is away would hold up each connection."""
    return socket.getfqdn()


def _said(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())}"[:500]
