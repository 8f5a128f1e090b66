"""Taking turns: who of a team gets the next ticket, each in turn and nobody beyond what they can carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoundRobin:
    """The section of settings: the teams (ids) whose tickets go to their members in turn; none by default."""

    id: str = "desk"
    teams: tuple[str, ...] = ()
    version: int = 0


@dataclass(slots=True)
class Rotation:
    """Whose turn it was last in a team (`id` is the team's). Saved with the ticket: no turn is shared.

    `version` is 0 until it is first saved.
    """

    id: str
    last: str
    version: int = 0


def next_in_turn(last: str | None, members: Iterable[str], has_room: Callable[[str], bool]) -> str | None:
    """The first after `last` (by ids, then from the beginning) who has room; None if nobody has.

    The order of ids keeps everybody's turn when others join and leave; `last` may have left the team.
    """
    ordered = sorted(set(members))
    after = [each for each in ordered if last is not None and each > last]
    before = [each for each in ordered if last is None or each <= last]
    return next((each for each in (*after, *before) if has_room(each)), None)
