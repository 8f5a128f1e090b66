"""A list of tickets that somebody saved: which, in what order, with which columns, and who sees it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

OWN: Final = "own"
TEAM: Final = "team"
EVERYBODY: Final = "all"
SHARED_WITH: Final = (OWN, TEAM, EVERYBODY)

COLUMNS: Final = (
    *("number", "title", "status", "requester", "organization", "channel", "type", "service", "category"),
    *("priority", "severity", "importance", "request_type", "operation", "group", "assignee", "product"),
    *("project", "contract", "tags", "cc", "description", "solution", "justification", "planned_at"),
    *("solution_forecast", "due_at", "sla", "hours", "days", "comments_count", "created_at", "updated_at"),
    *("closed_at", "last_customer_message_at", "created_by", "source_rule", "linked_to"),
)
"""What a list can show of tickets, and an export can hold."""
DEFAULT_COLUMNS: Final = ("number", "title", "status", "requester", "assignee", "priority", "updated_at")


@dataclass(slots=True)
class SavedView:
    """`filter` holds parameters of the list of tickets by name, `sort` is its order.

    `shared` is one of SHARED_WITH; `team` is the id of the team it is shared with. `position` is where it
    stands among the others.
    """

    id: str
    name: str
    owner: str
    created_at: datetime
    updated_at: datetime
    shared: str = OWN
    team: str | None = None
    columns: list[str] = field(default_factory=lambda: list(DEFAULT_COLUMNS))
    sort: str = "-updated"
    filter: dict[str, Any] = field(default_factory=dict)
    position: int = 0
    version: int = 0

    def seen_by(self, user_id: str, teams: Collection[str]) -> bool:
        """Whether a user, who is in these teams, sees it."""
        if self.owner == user_id or self.shared == EVERYBODY:
            return True
        return self.shared == TEAM and self.team in teams

    def changed_by(self, user_id: str, shares: bool) -> bool:
        """Whether a user who sees it may change it; `shares` says that the user may share views."""
        return self.owner == user_id if self.shared == OWN else shares

    def mistakes(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) of values that do not fit each other."""
        if self.shared == TEAM and self.team is None:
            return [("team", "Say which team sees it.")]
        if self.shared != TEAM and self.team is not None:
            return [("team", f"Only a view that is shared with `{TEAM}` has one.")]
        return []
