"""What a customer is asked in confidence: a link that works once, readable by few, gone after a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from services.ticket_service.domain.history import Actor

WAITING: Final = "waiting"
EXPIRED: Final = "expired"
ANSWERED: Final = "answered"
WITHDRAWN: Final = "withdrawn"
DELETED: Final = "deleted"
STATES: Final = (WAITING, EXPIRED, ANSWERED, WITHDRAWN, DELETED)

MOST_FIELDS: Final = 20
MOST_CHARACTERS: Final = 5_000
"""Of the answer in one field."""


@dataclass(frozen=True, slots=True)
class ConfidentialField:
    """One thing the form asks for; `key` is for programs, `label` for people."""

    key: str
    label: str
    required: bool = True
    long: bool = False


@dataclass(slots=True)
class ConfidentialRequest:
    """What was asked, and the answer sealed (`sealed` is never shown). The link is known by its hash only.

    `delete_at` is set by the answer; what is sealed is gone afterwards, the request itself stays.
    """

    id: str
    ticket_id: str
    question: str
    fields: tuple[ConfidentialField, ...]
    link_hash: str
    keep_days: int
    created_at: datetime
    created_by: Actor
    expires_at: datetime
    message_id: str = ""
    answered_at: datetime | None = None
    delete_at: datetime | None = None
    deleted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    sealed: str = field(default="", repr=False)
    version: int = 0

    def state(self, at: datetime) -> str:
        """How it stands at that time."""
        if self.deleted_at is not None or (self.delete_at is not None and at >= self.delete_at):
            return DELETED
        if self.answered_at is not None:
            return ANSWERED
        if self.withdrawn_at is not None:
            return WITHDRAWN
        return WAITING if at < self.expires_at else EXPIRED

    def mistakes(self, given: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with an answer: `missing` or `too_long` by the field's key."""
        found = {}
        for each in self.fields:
            text = given.get(each.key, "")
            if len(text) > MOST_CHARACTERS:
                found[each.key] = "too_long"
            elif each.required and not text.strip():
                found[each.key] = "missing"
        return found

    def answer(self, sealed: str, at: datetime) -> None:
        """Keep the sealed answer; the link does not work again. ValueError unless it waits for one."""
        if self.state(at) != WAITING:
            raise ValueError(f"a request that is {self.state(at)} takes no answer")
        self.sealed, self.answered_at = sealed, at
        self.delete_at = at + timedelta(days=self.keep_days)

    def withdraw(self, at: datetime) -> None:
        """Let the link work no longer, and forget what was answered."""
        if self.answered_at is None:
            self.withdrawn_at = at
        else:
            self.forget(at)

    def forget(self, at: datetime) -> None:
        """Forget what was answered, for good."""
        self.sealed, self.deleted_at = "", at

    @property
    def erased(self) -> bool:
        """Whether nothing is left of what was asked and answered."""
        return not self.question and not self.fields and not self.sealed

    def erase(self, at: datetime) -> None:
        """Forget what was asked as well; the link does not work any more."""
        self.withdraw(at)
        self.question, self.fields, self.sealed = "", (), ""


class Unsealable(Exception):
    """None of the keys that are set opens this: it was sealed with another one, or damaged."""


class Seal(Protocol):
    """Encrypts what only few may read."""

    def seal(self, content: bytes) -> str:
        """The content as text that says nothing without the key."""
        ...

    def open(self, sealed: str) -> bytes:
        """The content again. Unsealable."""
        ...


def link_hash(token: str) -> str:
    """What is kept of a link: it can be recognised, not made again."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
