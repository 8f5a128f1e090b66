"""How tickets belong together, seen from either end; two kinds of ties never lead back to their beginning."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.history import Actor

RELATED: Final = "related"
DUPLICATE: Final = "duplicate"
PARENT: Final = "parent"
CHILD: Final = "child"
BLOCKS: Final = "blocks"
BLOCKED_BY: Final = "blocked_by"
KINDS: Final = (RELATED, DUPLICATE, PARENT, CHILD, BLOCKS, BLOCKED_BY)
"""As seen from one ticket: the other one is related, a duplicate, its parent, its child, blocked by it, or
blocks it."""

_TURNED: Final = {PARENT: CHILD, BLOCKED_BY: BLOCKS}
"""Kinds that are kept from the other ticket's point of view."""
_SEEN_FROM_THE_OTHER: Final = {CHILD: PARENT, BLOCKS: BLOCKED_BY}
WITHOUT_CIRCLES: Final = frozenset({CHILD, BLOCKS})
MOST_RELATIONS: Final = 200
"""Of one ticket."""
MOST_FOLLOWED: Final = 2_000
"""Tickets looked at when a circle is searched for."""


class TooFar(Exception):
    """More than MOST_FOLLOWED tickets hang together; whether there is a circle was not found out."""


@dataclass(slots=True)
class Relation:
    """`kind` says what `to_ticket` is for `from_ticket`: related, duplicate, child, blocked by it (`blocks`).

    The id says all of it, so no relation is there twice. Tickets are named by their ids.
    """

    id: str
    kind: str
    from_ticket: str
    to_ticket: str
    created_at: datetime
    created_by: Actor
    version: int = 0

    def seen_from(self, ticket_id: str) -> tuple[str, str]:
        """The kind as that ticket sees it, and the id of the other ticket."""
        if ticket_id == self.from_ticket:
            return self.kind, self.to_ticket
        return _SEEN_FROM_THE_OTHER.get(self.kind, self.kind), self.from_ticket


@dataclass(slots=True)
class RelationGraph:
    """All relations of one kind (its id) as one thing that changes: no two people close a circle together."""

    id: str
    version: int = 0


def relation(kind: str, ticket_id: str, other_id: str, at: datetime, who: Actor) -> Relation:
    """What `other_id` is for `ticket_id`, in the one form in which it is kept. ValueError: unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of relation: {kind}")
    start, end = ticket_id, other_id
    if kind in _TURNED:
        kind, start, end = _TURNED[kind], other_id, ticket_id
    elif kind in (RELATED, DUPLICATE):
        start, end = sorted((ticket_id, other_id))
    return Relation(f"{kind}:{start}:{end}", kind, start, end, at, who)


def leads_to(
    start: str, goal: str, following: Callable[[Collection[str]], Iterable[str]], most: int = MOST_FOLLOWED
) -> bool:
    """Whether one gets from `start` to `goal`; `following` gives the tickets one step behind some. TooFar."""
    seen, edge = {start}, {start}
    while edge:
        if goal in edge:
            return True
        edge = {each for each in following(edge) if each not in seen}
        seen |= edge
        if len(seen) > most:
            raise TooFar
    return False
