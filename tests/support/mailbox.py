"""A mail server that takes everything and shows what came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import HOST, free_port


@dataclass
class Mailbox:
    """What arrived, oldest first: the envelope's recipients and the message."""

    url: str
    arrived: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail (a hook of aiosmtpd)."""
        content = envelope.content or b""
        message = message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), policy=default
        )
        self.arrived.append((list(envelope.rcpt_tos), message))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails for this address."""
        return [message for recipients, message in self.arrived if address in recipients]


def body_of(message: EmailMessage) -> str:
    """Its plain text."""
    part: Any = message.get_body(preferencelist=("plain",))
    text: str = part.get_content()
    return text


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """A server on a loopback port of its own."""
    port = free_port()
    mailbox = Mailbox(f"smtp://{HOST}:{port}")
    controller = Controller(mailbox, hostname=HOST, port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
