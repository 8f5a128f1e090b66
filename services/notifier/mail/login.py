"""Logging in at a mail server: with a password, or with an access token (OAuth 2.0)."""

from __future__ import annotations

import smtplib
from typing import Final

from services.notifier.mail.outbox import MailServer
from shared.mail_login.settings import OAUTHBEARER
from shared.mail_login.tokens import AccessTokens, TokenRefused

TEMPORARY: Final = 454
"""Temporary authentication failure (RFC 4954 §6)."""


class LoginRefused(Exception):
    """Nobody can log in until somebody mends it. The texts are for operators."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


def log_in(client: smtplib.SMTP, server: MailServer, tokens: AccessTokens | None, *, encrypted: bool) -> None:
    """Log in, if the server is to know who is there. No secret leaves unencrypted but to this machine.

    LoginRefused; smtplib's and the token's errors where trying again may help.
    """
    if not server.user:
        return
    if not encrypted and not server.near and not server.insecure:
        raise LoginRefused("The connection is not encrypted, so it is told no password.", "Use TLS.")
    try:
        if tokens is None:
            client.login(server.user, server.password)
        else:
            _with_token(client, server, tokens)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code == TEMPORARY:
            raise
        raise LoginRefused(
            _said(error), "Check the user and the password (or the access by OAuth)."
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise LoginRefused(str(error), "The mail server offers no such log-in: choose another.") from error
    except TokenRefused as error:
        raise LoginRefused(f"{error.title}. {error.detail}", error.remedy) from error
    except ValueError as error:
        raise LoginRefused(f"The log-in cannot be written: {error}", "Check user and password.") from error


def _with_token(client: smtplib.SMTP, server: MailServer, tokens: AccessTokens) -> None:
    """A token that was withdrawn before its time is replaced once."""
    try:
        _authenticate(client, server, tokens.token())
    except smtplib.SMTPAuthenticationError:
        tokens.forget()
        _authenticate(client, server, tokens.token())


def _authenticate(client: smtplib.SMTP, server: MailServer, token: str) -> None:
    """SASL XOAUTH2 (Google, Microsoft) or OAUTHBEARER (RFC 7628)."""
    if server.auth.kind == OAUTHBEARER:
        at = f"host={server.host}\x01port={server.port}\x01"
        first, on_error = f"n,a={server.user},\x01{at}auth=Bearer {token}\x01\x01", "\x01"
    else:
        first, on_error = f"user={server.user}\x01auth=Bearer {token}\x01\x01", ""

    def answer(challenge: bytes | None = None) -> str:
        # A challenge is the server's reason; only when it was answered the server refuses in words.
        return first if challenge is None else on_error

    client.auth(server.auth.kind.upper(), answer)


def _said(error: smtplib.SMTPAuthenticationError) -> str:
    given = error.smtp_error
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else given
    return f"{error.smtp_code} {' '.join(text.split())}"[:500]
