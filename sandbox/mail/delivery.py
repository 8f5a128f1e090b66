"""The desk's mailboxes: puts mails where the desk will find them, as the mail server of its domain would."""

from contextlib import suppress
from email.utils import formatdate

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from sandbox.config import DeskMailbox, MailServers
from sandbox.mail.addresses import domain_of, plain

_TIMEOUT = 15.0
_MAX_PROBLEM = 300


class MailboxUnreachable(Exception):
    """A mail could not be put into a mailbox; the message says why."""


class DeskMailboxes:
    """The mailboxes of the desk on its IMAP server; safe to use from many threads."""

    def __init__(self, servers: MailServers) -> None:
        self._servers = servers
        self.all = servers.mailboxes

    def find(self, address: str) -> DeskMailbox | None:
        """The desk's mailbox behind an address; what follows a plus names the same one."""
        wanted = plain(address)
        return next((mailbox for mailbox in self.all if mailbox.address == wanted), None)

    def put(self, mailbox: DeskMailbox, raw: bytes, folder: str = "INBOX") -> None:
        """Append a mail to a folder, made when it is not there. MailboxUnreachable when that fails."""
        try:
            with IMAPClient(
                self._servers.imap_host, self._servers.imap_port, ssl=False, timeout=_TIMEOUT
            ) as server:
                server.login(mailbox.address, mailbox.password)
                if folder.upper() != "INBOX":
                    with suppress(IMAPClientError):
                        server.create_folder(folder)
                server.append(folder, raw)
        except (IMAPClientError, OSError) as error:
            words = " ".join(str(error).split())[:_MAX_PROBLEM]
            raise MailboxUnreachable(f"The mailbox {mailbox.address} took no mail: {words}") from error


def as_delivered(raw: bytes, sender: str, recipient: str) -> bytes:
    """A mail with what the last mail server on its way adds; `sender` is empty for notices of servers."""
    received = f"from {domain_of(sender) or 'mx.example'} by mx.{domain_of(recipient)} with ESMTP"
    trace = (
        f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        f"Received: {received}; {formatdate(localtime=False)}\r\n"
    )
    lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return trace.encode("utf-8", "replace") + lines
