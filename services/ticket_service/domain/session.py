"""Somebody's log-in in a browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=14)
SEEN_EVERY: Final = timedelta(minutes=1)
MOST_AGENT: Final = 300
_PUBLIC_DIGITS: Final = 16
_BROWSERS: Final = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")),
    *(("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")),
)
_SYSTEMS: Final = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)
"""By what a browser calls itself; the first that is found counts, because they all name each other."""


@dataclass(slots=True)
class Session:
    """`digest` is what is kept of the secret in the cookie; `address` and `agent` are shown to its owner.

    `present_at`: an open page was heard of then, which keeps the session from nothing.
    `mark` belongs to the password with which it began (password_mark): with another one it is over.
    """

    digest: str = field(metadata={"secret": True})
    user_id: str
    created_at: datetime
    last_seen_at: datetime
    address: str = ""
    agent: str = ""
    mark: str = ""
    present_at: datetime | None = None
    version: int = 0

    @property
    def public_id(self) -> str:
        """Its name in addresses: enough of the digest to be unique, nothing that helps to guess it."""
        return self.digest[:_PUBLIC_DIGITS]

    @property
    def browser(self) -> str:
        """`Firefox`, `Chrome`…; empty for what is none that we know."""
        return _named(_BROWSERS, self.agent)

    @property
    def system(self) -> str:
        """`Windows`, `iPhone`…; empty for what is none that we know."""
        return _named(_SYSTEMS, self.agent)

    def over(self, now: datetime) -> bool:
        """Whether nobody gets in by it any more: too long unused, or too old."""
        return now - self.last_seen_at >= IDLE or now - self.created_at >= LONGEST


def password_mark(password_hash: str) -> str:
    """What changes whenever the password does, and tells nothing about it."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:_PUBLIC_DIGITS]


def _named(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in known if sign in agent), "")
