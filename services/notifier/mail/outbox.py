"""Where mails leave from: the mailboxes of the desk, their servers, and what their mails are known by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.notifier.announce import EMAIL
from services.notifier.domain.delivery import Failure, unknown_channel
from services.notifier.domain.mail import NOT_CONFIGURED, Mail, Mailbox
from services.notifier.mail.addresses import ascii_address, plain_address
from shared.mail_login.settings import MailAuth, is_loopback

TLS: Final = "tls"
STARTTLS: Final = "starttls"
NONE: Final = "none"
OFFERED: Final = "offered"
"""STARTTLS where the server offers it, which is enough on the same machine alone."""
_LONGEST_LOCAL: Final = 64
"""Characters before the @ (RFC 5321 §4.5.3.1.1)."""

CANNOT_SEND: Final = Failure(
    "channel-cannot-send",
    "This mailbox has no mail server to send through",
    remedy="An administrator has to give the channel an smtp block, or to set SPORTELLO_SMTP_URL.",
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and how to log in there; without `user` nobody does.

    `security`: TLS from the first byte on; STARTTLS, or nothing is sent; OFFERED; NONE. `insecure`: somebody
    decided that a password may leave unencrypted. `ca_file`: the only authority that is trusted.
    """

    host: str
    port: int
    security: str = OFFERED
    user: str = ""
    password: str = field(default="", repr=False)
    auth: MailAuth = field(default_factory=MailAuth)
    ca_file: Path | None = None
    insecure: bool = False

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def near(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Outbox:
    """A mailbox mails are from. `server` is None where it only receives.

    `channel_id` is empty for mails of no channel. `plus_addressing`: mail to `local+anything@` arrives too.
    `aliases`: other addresses whose mail arrives in it.
    """

    channel_id: str
    sender: Mailbox
    server: MailServer | None
    plus_addressing: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The domain its Message-IDs are of."""
        return ascii_address(self.sender.address).rpartition("@")[2]

    def header_id(self, mail: Mail) -> str:
        """The mail's Message-ID without brackets: the same each time, with the token of its ticket."""
        unique = hashlib.sha256(mail.id.encode()).hexdigest()[:32]
        return ".".join(part for part in (unique, mail.thread.token) if part) + f"@{self.domain}"

    def reply_to(self, mail: Mail) -> Mailbox | None:
        """Where answers go when not to the sender: what the mail says, or the address with its token."""
        if mail.reply_to is not None or not mail.thread.token or not self.plus_addressing:
            return mail.reply_to
        local, _, domain = self.sender.address.rpartition("@")
        tagged = f"{local}+{mail.thread.token}"
        if len(tagged) > _LONGEST_LOCAL:
            return None
        return Mailbox(f"{tagged}@{domain}", mail.from_name or self.sender.name)


class Outboxes:
    """All mailboxes that mails can be from. Mails of no channel leave from the first one."""

    def __init__(self, outboxes: Iterable[Outbox] = ()) -> None:
        self._outboxes = tuple(outboxes)
        self._by_channel = {one.channel_id: one for one in self._outboxes}
        first = next((one for one in self._outboxes if one.server is not None), None)
        if first is not None:
            self._by_channel.setdefault("", first)
        self._own = frozenset(
            plain_address(each) for one in self._outboxes for each in (one.sender.address, *one.aliases)
        )

    def sending(self) -> list[tuple[Outbox, MailServer]]:
        """Those that can send, with their servers."""
        return [(one, one.server) for one in self._outboxes if one.server is not None]

    def of(self, mail: Mail) -> Outbox | Failure:
        """What the mail leaves from, or why it cannot leave."""
        found = self._by_channel.get(mail.channel_id)
        if found is None:
            return unknown_channel(mail.channel_id, EMAIL) if mail.channel_id else NOT_CONFIGURED
        return found if found.server is not None else CANNOT_SEND

    def channels_of(self, outbox: Outbox) -> tuple[str, ...]:
        """The channels whose mails leave from it, the empty one among them."""
        return tuple(channel_id for channel_id, one in self._by_channel.items() if one is outbox)

    def own(self, address: str) -> bool:
        """Whether a mailbox of the desk gets what is sent there."""
        return plain_address(address) in self._own
