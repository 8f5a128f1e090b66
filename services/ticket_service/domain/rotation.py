"""Taking turns: who of a team gets the next ticket, each in turn and nobody beyond what they can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Rotation:
    """Whose turn it was last in a team (`id` is the team's). Saved with the ticket, so turns are never shared.

    `version` is 0 until it is first saved.
    """

    id: str
    last: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who is there; `capacity` is how many open tickets they take at most, None for any number."""

    id: str
    capacity: int | None = None


def next_in_turn(last: str | None, team: Sequence[Candidate], open_tickets: Mapping[str, int]) -> str | None:
    """The first after `last` (in the order of ids, then from the beginning) who has room; None if nobody has.

    `last` need not be in the team any more.
    """
    ordered = sorted(team, key=lambda each: each.id)
    after = [each for each in ordered if last is not None and each.id > last]
    before = [each for each in ordered if last is None or each.id <= last]
    for each in [*after, *before]:
        if each.capacity is None or open_tickets.get(each.id, 0) < each.capacity:
            return each.id
    return None
