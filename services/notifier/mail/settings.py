"""SPORTELLO_SMTP_URL and SPORTELLO_MAIL_FROM: the mail server for mails that belong to no channel."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from services.notifier.domain.mail import Mailbox
from services.notifier.mail.addresses import is_written
from services.notifier.mail.outbox import OFFERED, STARTTLS, TLS, MailServer, Outbox
from shared.mail_login.settings import is_loopback
from shared.runtime.settings import SettingsError

_PORTS: Final[Mapping[str, int]] = {"smtp": 587, "smtps": 465}


def default_outbox(url: str, mail_from: str) -> Outbox | None:
    """`smtp://user:password@host:port` (STARTTLS) or `smtps://…` and `Name <desk@example.com>`.

    None: neither is set. `?insecure=true` lets mails leave unencrypted where a server outside this machine
    cannot do better. SettingsError with all mistakes.
    """
    if not url and not mail_from:
        return None
    mistakes = []
    name, address = parseaddr(mail_from)
    if not is_written(address):
        mistakes.append("SPORTELLO_MAIL_FROM: Not a mail address (Name <desk@example.com>).")
    parts = urlsplit(url)
    port = _port(parts)
    if parts.scheme not in _PORTS or not parts.hostname or not port:
        mistakes.append("SPORTELLO_SMTP_URL: Must be smtp://host:port or smtps://host:port.")
    if mistakes:
        raise SettingsError(mistakes)
    return Outbox("", Mailbox(address, name), _server(parts, port))


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return 0


def _server(parts: SplitResult, port: int) -> MailServer:
    host = parts.hostname or ""
    insecure = parse_qs(parts.query).get("insecure", [""])[-1] == "true"
    security = TLS if parts.scheme == "smtps" else OFFERED if insecure or is_loopback(host) else STARTTLS
    return MailServer(
        host,
        port,
        security,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        insecure=insecure,
    )
