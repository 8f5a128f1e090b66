"""The second thing somebody has to have to log in: a device that shows codes, or a list of codes on paper."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.ticket_service.domain.permissions import ADMIN
from services.ticket_service.domain.user import User

NOBODY: Final = "nobody"
ADMINS: Final = "admins"
EVERYBODY: Final = "everybody"
WHO: Final = (NOBODY, ADMINS, EVERYBODY)
RECOVERY_CODES: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that look like digits, or like each other."""
_GROUPS: Final = (4, 4, 4, 4)
_NOISE: Final = re.compile(r"[\s-]+")


@dataclass(slots=True)
class SecondFactor:
    """`id` is the user's. It counts once `confirmed_at`: only then the device surely has the secret.

    `sealed` is the secret (RFC 6238), encrypted. `last_step` is the last interval of 30 seconds of which a
    code was used, so that none works twice. `recovery` are digests of codes that work once each.
    """

    id: str
    sealed: str = field(metadata={"secret": True})
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0
    recovery: list[str] = field(default_factory=list, metadata={"secret": True})
    version: int = 0


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Who must have a second factor to log in with a password; the others may."""

    id: str = "desk"
    second_factor: str = NOBODY
    version: int = 0

    def demands_second_factor(self, user: User) -> bool:
        """Whether this user gets in with it only."""
        return self.second_factor == EVERYBODY or (self.second_factor == ADMINS and ADMIN in user.roles)


def new_recovery_code(choose: Callable[[str], str]) -> str:
    """A code of 79 random bits as people can write it down; `choose` picks one letter of a text by chance."""
    return "-".join("".join(choose(_ALPHABET) for _ in range(size)) for size in _GROUPS)


def is_recovery_code(typed: str) -> bool:
    """Whether it can only be meant as a recovery code."""
    return len(_plain(typed)) == sum(_GROUPS)


def recovery_digest(user_id: str, typed: str) -> str:
    """What is kept of a recovery code, however it is typed."""
    return hashlib.sha256(f"{user_id}:{_plain(typed)}".encode()).hexdigest()


def _plain(typed: str) -> str:
    return _NOISE.sub("", typed).lower()
