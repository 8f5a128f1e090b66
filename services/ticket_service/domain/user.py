"""Somebody who works at the desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.ticket_service.domain.permissions import ADMIN


@dataclass(slots=True)
class User:
    """`email` is lower case and unique. A user who is not `active` gets in nowhere and is given no work.

    `roles` are those of permissions.py. `available` is the user's own sign (at the desk, or away); `capacity`
    is the most open tickets that may be assigned automatically, None for no limit. `language` is a tag like
    `it`, empty for the desk's own; so is `time_zone`, a name like `Europe/Rome`.
    `signature` stands below what the user writes by mail, where the desk wants that. `picture` is the id of
    the blob with it, empty for none.
    """

    id: str
    email: str
    name: str
    roles: list[str]
    created_at: datetime
    password_hash: str = field(default="", metadata={"secret": True})
    language: str = ""
    time_zone: str = ""
    signature: str = ""
    picture: str = ""
    active: bool = True
    available: bool = True
    capacity: int | None = None
    version: int = 0

    def takes_work(self, open_tickets: int) -> bool:
        """Whether one more ticket may be given to this user automatically."""
        free = self.capacity is None or open_tickets < self.capacity
        return self.active and self.available and free


def leaves_an_admin(users: Iterable[User], changed: User) -> bool:
    """Whether an active administrator remains when `changed` replaces the user of the same id."""
    return any(user.active and ADMIN in user.roles for user in (*_others(users, changed), changed))


def _others(users: Iterable[User], changed: User) -> list[User]:
    return [user for user in users if user.id != changed.id]
