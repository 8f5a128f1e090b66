"""A real IMAP server for tests, and what other programs do with its mailboxes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from imapclient import IMAPClient

from deploy.local.ports import HOST
from deploy.local.private import PrivateDovecot

PASSWORD = "letters-and-parcels"
SUPPORT = "support@desk.test"
SALES = "sales@desk.test"
USERS = {SUPPORT: PASSWORD, SALES: PASSWORD}
_VALIDITY = re.compile(r"V\d+")


@contextlib.contextmanager
def logged_in(server: PrivateDovecot, user: str = SUPPORT) -> Iterator[IMAPClient]:
    """A mail program of this user, connected for as long as the block lasts."""
    client = IMAPClient(HOST, server.node.port, ssl=False, timeout=30)
    try:
        client.login(user, PASSWORD)
        yield client
    finally:
        with contextlib.suppress(OSError, client.Error):
            client.logout()


def deliver(
    server: PrivateDovecot,
    mails: Sequence[bytes],
    *,
    user: str = SUPPORT,
    folder: str = "INBOX",
    at: datetime | None = None,
) -> None:
    """Put mails into a mailbox, as a mail server would; the folder is made when it is missing."""
    with logged_in(server, user) as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)
        for raw in mails:
            client.append(folder, raw, msg_time=at)


def empty(server: PrivateDovecot, users: Sequence[str] = tuple(USERS)) -> None:
    """Remove all mails and all folders but the INBOX."""
    for user in users:
        with logged_in(server, user) as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()
            for flags, _, name in client.list_folders():
                if name != "INBOX" and b"\\Noselect" not in flags:
                    client.delete_folder(name)


def renumber(server: PrivateDovecot, user: str = SUPPORT, folder: str = "INBOX") -> None:
    """Give a folder another UIDVALIDITY, as after a restored backup. The server must not be running."""
    maildir = server.node.maildir(user, folder)
    for index in maildir.glob("dovecot.index*"):
        index.unlink()
    uids = maildir / "dovecot-uidlist"
    first, _, rest = uids.read_text().partition("\n")
    validity = int(re.findall(r"V(\d+)", first)[0])
    uids.write_text(_VALIDITY.sub(f"V{validity + 1}", first) + "\n" + rest)
