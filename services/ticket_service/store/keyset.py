"""Lists by position rather than by page number: each page begins after the last entry of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

MAX_MILLISECONDS: Final = 5_000
"""No list may keep the server busy for longer; asked for more, it answers that it is not available."""


@dataclass(frozen=True, slots=True)
class Position:
    """The sort keys of an entry: its time, the number of a comment (where the list has them), its id."""

    at: datetime
    number: int | None
    id: str


@dataclass(frozen=True, slots=True)
class Order:
    """By a time, then by number where `numbered` (providers' times have whole seconds), then by id."""

    time: str
    newest_first: bool
    numbered: bool = False

    def sort(self) -> list[tuple[str, int]]:
        """For the query; an index with the same keys serves both directions."""
        direction = -1 if self.newest_first else 1
        keys = [self.time, "number", "_id"] if self.numbered else [self.time, "_id"]
        return [(key, direction) for key in keys]

    def after(self, position: Position) -> dict[str, Any]:
        """What comes after the position. The bound on the time is there for the index."""
        beyond, reach = ("$lt", "$lte") if self.newest_first else ("$gt", "$gte")
        id_beyond: dict[str, Any] = {"_id": {beyond: position.id}}
        branches: list[dict[str, Any]] = [{self.time: {beyond: position.at}}]
        if self.numbered:
            branches += self._number_beyond(position.number)
            branches.append({"number": position.number, **id_beyond})
        else:
            branches.append(id_beyond)
        return {self.time: {reach: position.at}, "$or": branches}

    def _number_beyond(self, number: int | None) -> list[dict[str, Any]]:
        # No number (the description) sorts before all numbers, but compares with none of them.
        if number is None:
            return [] if self.newest_first else [{"number": {"$ne": None}}]
        return [{"number": {"$not": {"$gte": number}} if self.newest_first else {"$gt": number}}]
