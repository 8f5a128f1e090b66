"""Gives the tickets of a team to its members in turn, within one decision."""

from __future__ import annotations

from services.ticket_service.domain.rotation import Rotation, RoundRobin, next_in_turn
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes, DeskStore


class Turns:
    """Asks the database only where a team takes turns. Whoever takes the same turn first wins (Conflict)."""

    def __init__(self, changes: Changes, store: DeskStore) -> None:
        self._changes = changes
        self._store = store
        self._rotations: dict[str, Rotation] = {}
        self._open: dict[str, int] = {}

    def next(self, team_id: str) -> str | None:
        """Whose turn it is in this team; None where it takes no turns or nobody has room."""
        if team_id not in self._store.setting(RoundRobin).teams:
            return None
        team = next((each for each in self._store.all(Team) if each.id == team_id and each.active), None)
        if team is None:
            return None
        # First the turn, then how much everybody has: who reads an old count cannot have the newest turn.
        rotation = self._rotation(team_id)
        users = {each.id: each for each in self._store.all(User) if each.id in team.members}
        self._count(users)
        chosen = next_in_turn(
            rotation.last or None, users, lambda id_: users[id_].takes_work(self._open.get(id_, 0))
        )
        if chosen is not None:
            rotation.last = chosen
            self._changes.touch(rotation)
            self._open[chosen] = self._open.get(chosen, 0) + 1
        return chosen

    def _rotation(self, team_id: str) -> Rotation:
        known = self._rotations.get(team_id)
        if known is None:
            known = self._store.record(Rotation, team_id) or Rotation(team_id, "")
            self._rotations[team_id] = known
        return known

    def _count(self, users: dict[str, User]) -> None:
        limited = [id_ for id_, user in users.items() if user.capacity is not None and id_ not in self._open]
        if limited:
            found = self._store.open_tickets(limited)
            self._open |= {id_: found.get(id_, 0) for id_ in limited}
