"""What somebody made for themselves, a team or everybody: who sees it, and who changes it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

OWN: Final = "own"
TEAM: Final = "team"
EVERYBODY: Final = "all"
SHARED_WITH: Final = (OWN, TEAM, EVERYBODY)


@dataclass(slots=True, kw_only=True)
class Shareable:
    """`owner` is the id of the user who made it, `shared` one of SHARED_WITH, `team` the id of the team."""

    owner: str
    shared: str = OWN
    team: str | None = None

    def seen_by(self, user_id: str, teams: Collection[str]) -> bool:
        """Whether a user, who is in these teams, sees it."""
        if self.owner == user_id or self.shared == EVERYBODY:
            return True
        return self.shared == TEAM and self.team in teams

    def changed_by(self, user_id: str, shares: bool) -> bool:
        """Whether a user who sees it may change it; `shares` says that the user may share such things."""
        return self.owner == user_id if self.shared == OWN else shares

    def sharing_mistakes(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) of values that do not fit each other."""
        if self.shared == TEAM and self.team is None:
            return [("team", "Say which team sees it.")]
        if self.shared != TEAM and self.team is not None:
            return [("team", f"Only what is shared with `{TEAM}` has one.")]
        return []
