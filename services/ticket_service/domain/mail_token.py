"""Tokens: how a mail proves that whoever sent it was written to by the desk about a ticket."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

_SIGNATURE: Final = 12
_TOKEN: Final = re.compile(r"([a-z0-9]{1,40})-([a-z2-7]{12})\Z")
_NOT_IN_MARKS: Final = re.compile(r"[^a-z0-9]+")
_PURPOSE: Final = b"sportello mail tokens"


@dataclass(frozen=True, slots=True)
class MailDesk:
    """What the desk knows of its own mail: the keys of its tokens, and its mailboxes' addresses by channel.

    The first key signs, all of them are accepted: a new one is put in front. Without a key no token is made
    and none is believed. Addresses are as domain.mail.address_key makes them; a mailbox may have several.
    """

    keys: Sequence[str] = field(default=(), repr=False)
    mailboxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_own(self, address: str) -> bool:
        """Whether mail to this address comes back to the desk; `desk+anything@…` does too."""
        local, _, domain = address.strip().lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return any(plain in each or address.strip().lower() in each for each in self.mailboxes.values())

    def token(self, ticket_id: str, number: str) -> str:
        """The token of a ticket, fit for addresses and Message-IDs; empty where the desk has no key."""
        return f"{mark_of(number)}-{_signature(self.keys[0], ticket_id)}" if self.keys else ""

    def is_token_of(self, token: str, ticket_id: str, number: str) -> bool:
        """Whether the desk made this token for this ticket; compared in constant time."""
        found = _TOKEN.match(token)
        if found is None or found[1] != mark_of(number):
            return False
        return any(hmac.compare_digest(found[2], _signature(key, ticket_id)) for key in self.keys)


NO_MAIL: Final = MailDesk()
"""A desk without mailboxes and without keys."""


def mark_of(number: str) -> str:
    """A ticket's number as it stands in tokens: small letters and digits only."""
    return _NOT_IN_MARKS.sub("", number.lower())[:40]


def marked(token: str) -> str | None:
    """The mark in what looks like a token; None for anything else."""
    found = _TOKEN.match(token)
    return found[1] if found else None


def _signature(key: str, ticket_id: str) -> str:
    # The key signs log-ins too: derived, so that neither can be made from the other.
    derived = hmac.digest(key.encode(), _PURPOSE, sha256)
    digest = hmac.digest(derived, ticket_id.encode(), sha256)
    return base64.b32encode(digest).decode().lower()[:_SIGNATURE]
