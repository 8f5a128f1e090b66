"""What mail servers' numbers mean (RFC 3463, RFC 5321 §4.2), in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """What happened, and what somebody can do about it."""

    title: str
    remedy: str


_NOBODY: Final = Meaning(
    "The mailbox does not exist", "Check the address, or ask the customer for another one."
)
_NO_DOMAIN: Final = Meaning(
    "The domain of the address takes no mail", "Check the part of the address after the @."
)
_FULL: Final = Meaning(
    "The mailbox is full", "Try again later, or reach the customer in another way to tell them."
)
_CLOSED: Final = Meaning("The mailbox is closed", "Ask the customer for another address.")
_TOO_LARGE: Final = Meaning("The mail is too large", "Send it with fewer or smaller files.")
_POLICY: Final = Meaning(
    "The mail server refuses the mail by its rules",
    "Read what it says: often the desk's domain lacks SPF, DKIM or DMARC, or is on a block list.",
)
_NOT_ALLOWED: Final = Meaning(
    "The mail server does not let the desk send from this address",
    "An administrator has to allow it at the mail provider, or correct the channel's address.",
)
_EARLIER: Final = Meaning("The mail server could not deliver it in time", "Send it again later.")
_CONTENT: Final = Meaning(
    "The mail server refuses what the mail says", "Read what it says; send it otherwise."
)
_LOOP: Final = Meaning("The mail went in a circle", "The recipient's forwarding has to be mended.")

_MEANINGS: Final[Mapping[str, Meaning]] = {
    "1.1": _NOBODY,
    "1.10": _NO_DOMAIN,
    "1.2": _NO_DOMAIN,
    "1.3": _NOBODY,
    "1.6": _CLOSED,
    "1.7": _NOT_ALLOWED,
    "1.8": _NOT_ALLOWED,
    "2.1": _CLOSED,
    "2.2": _FULL,
    "2.3": _TOO_LARGE,
    "3.4": _TOO_LARGE,
    "4.1": _EARLIER,
    "4.4": _NO_DOMAIN,
    "4.6": _LOOP,
    "4.7": _EARLIER,
    "6": _CONTENT,
    "7.60": _NOT_ALLOWED,
    "7": _POLICY,
}
"""By the enhanced status without its class, or its subject alone."""
_REPLIES: Final[Mapping[str, Meaning]] = {"552": _TOO_LARGE, "554": _POLICY}
_STATUS: Final = re.compile(r"(?<![\d.])[45]\.(\d{1,3})\.(\d{1,3})(?![\d.])")


def meaning_of(reply: str) -> Meaning | None:
    """What a server's reply (`550 5.1.1 No such user`) means; None when it does not say."""
    found = _STATUS.search(reply[:500])
    if found is not None:
        return _MEANINGS.get(f"{found[1]}.{found[2]}") or _MEANINGS.get(found[1])
    return _REPLIES.get(reply[:3])
