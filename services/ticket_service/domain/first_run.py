"""What a desk without users is opened with: a code that whoever installed it was shown."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.ticket_service.domain.status import ROLES, Status, Workflow

FIRST_RUN: Final = "first-run"
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_NOISE: Final = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class FirstRun:
    """There while nobody has used the code; `digest` is all that is kept of it."""

    digest: str = field(metadata={"secret": True})
    created_at: datetime
    id: str = FIRST_RUN
    version: int = 0

    def opened_by(self, typed: str) -> bool:
        """Whether this is the code, however it is typed; compared in constant time."""
        return hmac.compare_digest(self.digest, code_digest(typed))


def new_code(choose: Callable[[str], str]) -> str:
    """A code of 59 random bits; `choose` picks one letter of a text by chance."""
    return "-".join("".join(choose(_ALPHABET) for _ in range(4)) for _ in range(3))


def code_digest(typed: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(_NOISE.sub("", typed).lower().encode()).hexdigest()


def taken_over(stored: Mapping[str, Status], chosen: Iterable[Status], now: datetime) -> list[Status]:
    """The statuses to save so that a desk works with the chosen ones.

    What the desk has beside them goes: tickets that customers opened meanwhile follow to the status that does
    the same.
    """
    new = {each.key: each for each in chosen}
    opening = Workflow(new.values()).opening.key
    kept = [replace(each, version=stored[key].version if key in stored else 0) for key, each in new.items()]
    gone = [
        replace(each, replaced_by=_alike(each, new.values()) or opening, retired_at=now)
        for key, each in stored.items()
        if key not in new
    ]
    return kept + gone


def _alike(status: Status, others: Iterable[Status]) -> str | None:
    found = [each for role in ROLES if role in status.roles for each in others if role in each.roles]
    return found[0].key if found else None
