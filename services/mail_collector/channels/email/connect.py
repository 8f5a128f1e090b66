"""A connection to an IMAP server: encrypted and checked, logged in with a password or an access token."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import Final

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from services.mail_collector.channels.email.settings import NONE, STARTTLS, TLS, ImapServer
from services.mail_collector.channels.email.trouble import imap_trouble, is_broken, login_refused, unreachable
from services.mail_collector.ports import LOGIN, MailboxTrouble
from shared.mail_login.settings import XOAUTH2
from shared.mail_login.tokens import AccessTokens, TokenRefused, TokenUnavailable

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
"""The longest silence of a server that owes an answer."""


def connect(server: ImapServer, tokens: AccessTokens | None) -> IMAPClient:
    """A logged-in connection. MailboxTrouble; Unavailable when a token is needed and the database is away."""
    with imap_trouble(server):
        context = None if server.security == NONE else _context(server)
        client = IMAPClient(
            server.host,
            server.port,
            ssl=server.security == TLS,
            ssl_context=context,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
        )
        try:
            if server.security == STARTTLS:
                client.starttls(context)
            _log_in(client, server, tokens)
        except BaseException:
            hang_up(client)
            raise
        client.normalise_times = False
        return client


def hang_up(client: IMAPClient) -> None:
    """Close the connection without a word."""
    with contextlib.suppress(OSError, IMAPClientError):
        client.shutdown()


def _context(server: ImapServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)


def _log_in(client: IMAPClient, server: ImapServer, tokens: AccessTokens | None) -> None:
    enter = _with_password(client, server) if tokens is None else _with_token(client, server, tokens)
    try:
        enter()
    except LoginError as error:
        if tokens is not None:
            tokens.forget()
        if is_broken(error.__context__ if isinstance(error.__context__, Exception) else error):
            raise unreachable(server, error) from error
        raise login_refused(server, error) from error


def _with_password(client: IMAPClient, server: ImapServer) -> Callable[[], object]:
    if server.user.isascii() and server.password.isascii():
        return lambda: client.login(server.user, server.password)
    return lambda: client.plain_login(server.user, server.password)


def _with_token(client: IMAPClient, server: ImapServer, tokens: AccessTokens) -> Callable[[], object]:
    try:
        token = tokens.token()
    except TokenRefused as error:
        raise MailboxTrouble(LOGIN, error.title, error.detail, error.remedy, lasting=True) from error
    except TokenUnavailable as error:
        raise MailboxTrouble(
            LOGIN,
            "The mail provider could not be asked for access",
            str(error),
            "See whether the token address can be reached from here; it is tried again by itself.",
        ) from error
    if server.auth.kind == XOAUTH2:
        return lambda: client.oauth2_login(server.user, token)
    return lambda: client.oauthbearer_login(server.user, token)
