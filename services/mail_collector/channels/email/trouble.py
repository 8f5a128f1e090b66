"""What goes wrong with an IMAP server, in words an operator can act on."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from services.mail_collector.channels.email.settings import ImapServer
from services.mail_collector.ports import LOGIN, MAILBOX, MailboxTrouble

_PASSING: Final = re.compile(r"UNAVAILABLE|INUSE|LIMIT|try again|temporar|too many|timeout", re.IGNORECASE)
"""What a server says when it refuses a log-in only for now (RFC 5530 and usual words)."""
_LONGEST: Final = 500


@contextmanager
def imap_trouble(server: ImapServer) -> Iterator[None]:
    """Whatever a connection raises becomes MailboxTrouble; what is one already passes.

    Answers that make no sense raise ValueError, AssertionError or IndexError in the library.
    """
    try:
        yield
    except MailboxTrouble:
        raise
    except ssl.SSLCertVerificationError as error:
        raise MailboxTrouble(
            MAILBOX,
            "The mail server's certificate is not trusted",
            f"{server.host}:{server.port}: {error.verify_message}",
            "Put the right host name into the channel's imap: block; for an authority of your own give its "
            "certificate as ca_file.",
            lasting=True,
        ) from error
    except (
        LoginError,
        IMAPClientError,
        OSError,
        ValueError,
        AssertionError,
        LookupError,
        TypeError,
    ) as error:
        raise unreachable(server, error) from error


def unreachable(server: ImapServer, error: Exception) -> MailboxTrouble:
    """The connection cannot be made, or it broke."""
    return MailboxTrouble(
        MAILBOX,
        "The mailbox cannot be reached",
        f"{server.host}:{server.port}: {words(error)}",
        "See whether the mail server runs and can be reached from here; it is tried again by itself.",
    )


def login_refused(server: ImapServer, error: Exception) -> MailboxTrouble:
    """The server does not let us in."""
    said = words(error)
    return MailboxTrouble(
        LOGIN if server.auth.oauth else MAILBOX,
        "The mail server refuses the log-in",
        f"{server.host}:{server.port}, user {server.user}: {said}",
        "Correct user and password (or the auth: block) of the channel's imap: block, and restart.",
        lasting=not _PASSING.search(said),
    )


def is_broken(error: Exception) -> bool:
    """Whether the connection is gone, as opposed to a server that refused a command."""
    return isinstance(error, OSError | IMAPClientAbortError) or not isinstance(error, IMAPClientError)


def words(error: Exception) -> str:
    """What was said, as one line; the library puts some answers down as bytes."""
    said = " ".join(str(error).split())
    return (said or type(error).__name__)[:_LONGEST]
