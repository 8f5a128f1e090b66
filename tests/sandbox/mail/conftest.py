"""A sandbox with mail: the desk's mailboxes on a real IMAP server, and the desk played by an SMTP client."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from imapclient import IMAPClient

from deploy.local.ports import HOST
from deploy.local.private import PrivateDovecot
from sandbox.app import create_app
from sandbox.config import DeskMailbox, MailServers, Settings
from tests.sandbox.conftest import ACCOUNT, Client, FakeGateway
from tests.support.waiting import wait_until

SUPPORT = "support@sportello.example"
CERTIFIED = "desk@pec.sportello.example"
PASSWORD = "a long password"
ANNA = "anna.rossi@example.net"


class DeskSide:
    """What the desk does: reads its mailboxes, and sends."""

    def __init__(self, imap_port: int, smtp_port: int) -> None:
        self.imap_port = imap_port
        self.smtp_port = smtp_port

    def mails(self, mailbox: str = SUPPORT, folder: str = "INBOX") -> list[EmailMessage]:
        """What lies in a folder, oldest first."""
        found = [raw.replace(b"\r\n", b"\n") for raw in self.raw(mailbox, folder)]
        return [message_from_bytes(raw, policy=policy.default) for raw in found]

    def raw(self, mailbox: str = SUPPORT, folder: str = "INBOX") -> list[bytes]:
        """The same, byte by byte."""
        with IMAPClient(HOST, self.imap_port, ssl=False) as client:
            client.login(mailbox, PASSWORD)
            client.select_folder(folder, readonly=True)
            found = client.search()
            fetched = client.fetch(found, ["BODY.PEEK[]"]) if found else {}
            return [fetched[uid][b"BODY[]"] for uid in found]

    def waits_for(self, count: int, mailbox: str = SUPPORT) -> list[EmailMessage]:
        """The mails of a mailbox as soon as there are so many."""
        return wait_until(lambda: found if len(found := self.mails(mailbox)) >= count else [])

    def sends(self, mail: EmailMessage, *to: str, sender: str = SUPPORT) -> dict[str, tuple[int, bytes]]:
        """Send a mail; who was refused, with the server's words."""
        with smtplib.SMTP(HOST, self.smtp_port, timeout=20) as server:
            return server.sendmail(sender, list(to or [ANNA]), mail.as_bytes(policy=policy.SMTP))


def answer_of_desk(subject: str = "Re: Caldaia", sender: str = SUPPORT, **headers: str) -> EmailMessage:
    """A mail as the desk writes it."""
    mail = EmailMessage()
    mail["From"] = f"Sportello <{sender}>"
    mail["To"] = ANNA
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{'0' * 31}1.tt24-abcdefghijkl@sportello.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Buongiorno Anna,\narriviamo domani.\n")
    return mail


@pytest.fixture(scope="session")
def dovecot() -> Iterator[PrivateDovecot]:
    with PrivateDovecot({SUPPORT: PASSWORD, CERTIFIED: PASSWORD}) as server:
        yield server


@pytest.fixture
def app(gateway: FakeGateway, dovecot: PrivateDovecot) -> Iterator[Flask]:
    mailboxes = (DeskMailbox(SUPPORT, PASSWORD), DeskMailbox(CERTIFIED, PASSWORD, certified=True))
    servers = MailServers(HOST, dovecot.node.port, mailboxes)
    app = create_app(Settings("http://gateway.test", ACCOUNT, mail=servers), gateway)
    yield app
    app.extensions["sandbox.mail"].stop()


@pytest.fixture
def desk(app: Flask, dovecot: PrivateDovecot) -> Iterator[DeskSide]:
    """The desk, whose mailboxes are emptied afterwards."""
    yield DeskSide(dovecot.node.port, app.extensions["sandbox.mail"].port)
    for mailbox in (SUPPORT, CERTIFIED):
        with IMAPClient(HOST, dovecot.node.port, ssl=False) as client:
            client.login(mailbox, PASSWORD)
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()


@pytest.fixture
def client(app: Flask) -> Client:
    return app.test_client()


def post(client: Client, path: str, status: int = 200, /, **body: Any) -> dict[str, Any]:
    """A POST below /api/mail with this answer."""
    given = {name.rstrip("_"): value for name, value in body.items()}
    answer = client.post(f"/api/mail/{path}", json=given)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json if answer.data else {}
    return found
