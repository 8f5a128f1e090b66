"""What a program logs in with, as the desk keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

PUBLIC_DIGITS: Final = 16


@dataclass(slots=True)
class ApiToken:
    """`digest` is the SHA-256 of what its owner holds.

    `scopes` are the permissions it may use, of those its user has; None stands for all of them.
    """

    digest: str = field(metadata={"secret": True})
    name: str
    user_id: str
    created_at: datetime
    last_used_at: datetime | None = None
    scopes: list[str] | None = None
    expires_at: datetime | None = None
    version: int = 0

    @property
    def public_id(self) -> str:
        """Its name in addresses: enough of the digest to be unique, nothing that helps to guess it."""
        return self.digest[:PUBLIC_DIGITS]

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and now >= self.expires_at
