"""A mail as it was found in a mailbox: where, when, and under which names it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

CHANNEL_KIND: Final = "email"


@dataclass(frozen=True, slots=True)
class Found:
    """Everything reading needs besides the bytes.

    `key` is the mail's content key (32 hex digits): the same wherever and however often the mail is found.
    `arrived_at` is when the mail server took it (INTERNALDATE), `received_at` when we fetched it; both aware.
    `own_addresses` are those of all mailboxes of the desk, in lower case.
    """

    channel_id: str
    mailbox: str
    folder: str
    key: str
    arrived_at: datetime
    received_at: datetime
    own_addresses: frozenset[str] = field(default_factory=frozenset)

    @property
    def dedupe_key(self) -> str:
        """The message's key: without a channel, for a mail to two mailboxes of the desk is one message."""
        return f"{CHANNEL_KIND}:{self.key}"

    @property
    def raw_blob(self) -> str:
        """The id under which the mail as it came lies in the blob store."""
        return f"mail-{self.key}"
