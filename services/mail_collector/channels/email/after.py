"""What becomes of mails in their mailbox once they are collected: deleted only where that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from imapclient import DELETED, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from services.mail_collector.channels.email.settings import DELETE, FLAG, MOVE, EmailSettings

_log = structlog.get_logger(__name__)
KEYWORD: Final = b"$Sportello"


def settle(client: IMAPClient, settings: EmailSettings, uids: Sequence[int]) -> None:
    """Do what the channel wants with these mails of the selected folder; done twice it changes nothing more.

    Mails that another program has moved or deleted meanwhile are no trouble: UIDs of mails that are gone are
    ignored by IMAP (RFC 3501, 6.4.8).
    """
    if not uids:
        return
    if settings.after == FLAG:
        _flag(client, settings, uids)
    elif settings.after == MOVE:
        _move(client, settings.move_to, uids)
    elif settings.after == DELETE:
        _delete(client, uids)


def _flag(client: IMAPClient, settings: EmailSettings, uids: Sequence[int]) -> None:
    try:
        client.add_flags(uids, [KEYWORD], silent=True)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        # A server without keywords: the flag is for people and their programs, not for the cursor.
        _log.info("mailbox takes no keyword", channel_id=settings.id, reason=str(error)[:200])


def _move(client: IMAPClient, folder: str, uids: Sequence[int]) -> None:
    if not client.folder_exists(folder):
        client.create_folder(folder)
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    _delete(client, uids)


def _delete(client: IMAPClient, uids: Sequence[int]) -> None:
    """Only these: where the server cannot expunge by UID they stay marked, and so do those of others."""
    client.add_flags(uids, [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)
