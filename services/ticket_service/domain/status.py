"""The statuses an administrator defines; their roles, not their names, drive what happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

OPENING: Final = "opening"
WAITING_CUSTOMER: Final = "waiting_customer"
CUSTOMER_REPLIED: Final = "customer_replied"
CLOSED: Final = "closed"
SPAM: Final = "spam"
READ: Final = "read"
ASSIGNED: Final = "assigned"
ROLES: Final = (OPENING, WAITING_CUSTOMER, CUSTOMER_REPLIED, CLOSED, SPAM, READ, ASSIGNED)
"""DESIGN §6 names the first five; S002's Read and Assigned need the two others."""

NO_COLOR: Final = "#888888"
MAX_STATUSES: Final = 50


@dataclass(frozen=True, slots=True)
class Status:
    """One status: `key` is for programs, `label`, `description` and `color` (#rrggbb) are for people.

    Where it `asks_justification`, whoever sets it has to say why (S004); moves that the desk makes by itself
    need no reason. `justifications` are texts to choose from; others may be written.

    A status that an administrator removed is kept for a while with its successor, `replaced_by`: somebody
    who did not know yet may put a ticket into it meanwhile, and tickets that have it follow by and by.
    """

    key: str
    label: str
    description: str
    color: str
    order: int
    roles: frozenset[str]
    asks_justification: bool = False
    justifications: tuple[str, ...] = ()
    replaced_by: str | None = None
    retired_at: datetime | None = None
    version: int = 0

    @property
    def role(self) -> str | None:
        """The first of its roles in the order of ROLES; None for a status people set by hand only."""
        return next((role for role in ROLES if role in self.roles), None)


class Workflow:
    """All statuses of the desk, in order, and the moves that follow from their roles."""

    def __init__(self, statuses: Iterable[Status]) -> None:
        """ValueError when there is none in use, or two have the same key."""
        known = sorted(statuses, key=lambda status: (status.order, status.key))
        self.statuses = tuple(status for status in known if status.replaced_by is None)
        self._by_key = {status.key: status for status in self.statuses}
        self._retired = {status.key: status for status in known if status.replaced_by is not None}
        if not self.statuses:
            raise ValueError("a desk needs at least one status")
        if len(self._by_key) + len(self._retired) != len(known):
            raise ValueError("two statuses have the same key")
        self.opening = self.with_role(OPENING) or self.statuses[0]

    def find(self, key: str) -> Status | None:
        """The status with that key, if it is in use."""
        return self._by_key.get(key)

    def status(self, key: str) -> Status:
        """The status with that key, also a removed one; one without roles for a key nobody knows."""
        return (
            self._by_key.get(key) or self._retired.get(key) or Status(key, key, "", NO_COLOR, 0, frozenset())
        )

    def keys(self, *, closed: bool) -> list[str]:
        """The keys of all closing statuses, or of all others, removed ones among them."""
        known = [*self.statuses, *self._retired.values()]
        return [status.key for status in known if (CLOSED in status.roles) is closed]

    def with_role(self, role: str) -> Status | None:
        """The first status with that role, in their order."""
        return next((status for status in self.statuses if role in status.roles), None)

    def after_customer_message(self, key: str) -> Status:
        """Where a customer's further message takes a ticket.

        Spam stays spam. Another closed one is opened again, an opening one stays, any other becomes
        `customer_replied` (the opening status where the desk has none with that role).
        """
        current = self.status(key)
        if SPAM in current.roles:
            return current
        if CLOSED in current.roles:
            return self.opening
        if OPENING in current.roles:
            return current
        return self.with_role(CUSTOMER_REPLIED) or self.opening

    def after_agent_reply(self, key: str) -> Status:
        """Where an agent's public reply takes a ticket, unless it sets a status itself."""
        return self.with_role(WAITING_CUSTOMER) or self.status(key)

    def after_read(self, key: str) -> Status:
        """Where the first reading takes a ticket (S002: Unread, then Read); elsewhere it stays."""
        current = self.status(key)
        return (self.with_role(READ) or current) if OPENING in current.roles else current

    def after_assigned(self, key: str) -> Status:
        """Where a responsible person takes a ticket that nobody has begun with; elsewhere it stays.

        S002: Unread or Read become Assigned. S003: Open until it is assigned.
        """
        current = self.status(key)
        begun = not current.roles & {OPENING, READ}
        return current if begun else self.with_role(ASSIGNED) or current


def mistakes(statuses: Iterable[Status]) -> list[str]:
    """Why a desk cannot work with exactly these statuses; empty when it can."""
    statuses = tuple(statuses)
    found = []
    for role, purpose in ((OPENING, "new tickets have a place"), (CLOSED, "tickets can be closed")):
        if not any(role in status.roles for status in statuses):
            found.append(f"At least one status needs the role {role!r}, so that {purpose}.")
    found += [
        f"The status {status.key!r} cannot be both {OPENING!r} and {CLOSED!r}."
        for status in statuses
        if {OPENING, CLOSED} <= status.roles
    ]
    if len(statuses) > MAX_STATUSES:
        found.append(f"A desk has at most {MAX_STATUSES} statuses.")
    return found
