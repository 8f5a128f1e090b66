"""The work that a changed policy or calendar leaves behind: every open ticket has to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Recalculation:
    """`wanted` counts the changes; `done` of them have reached all tickets. One record per desk.

    `walking` is the change that the walk under way began with, `after` the id of the last ticket it came to.
    """

    id: str
    wanted: int = 0
    done: int = 0
    walking: int = 0
    after: str = ""
    asked_at: datetime | None = None
    version: int = 0

    def ask(self, now: datetime) -> None:
        """Something changed: begin again with the first ticket."""
        self.wanted += 1
        self.asked_at = now

    @property
    def under_way(self) -> bool:
        """Whether there are tickets that nobody has looked at since the last change."""
        return self.done < self.wanted

    def begin(self) -> str:
        """The ticket id after which to go on: none when something changed since the walk began."""
        if self.walking != self.wanted:
            self.walking, self.after = self.wanted, ""
        return self.after

    def passed(self, last: str | None) -> None:
        """Note how far the walk came; None when it has come to the end."""
        if last is None:
            self.done, self.after = self.walking, ""
        else:
            self.after = last
