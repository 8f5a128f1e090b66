"""How long to wait before the next try: twice as long each time, never all mailboxes in step."""

from __future__ import annotations

from typing import Final

FIRST: Final = 1.0
LONGEST: Final = 300.0


class Backoff:
    """Seconds between tries of one mailbox."""

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    def next(self, chance: float) -> float:
        """After another failure; `chance` between 0 and 1 spreads the pause over its upper half."""
        pause = min(self._first * 2.0 ** min(self._failures, 30), self._longest)
        self._failures += 1
        return pause * (0.5 + chance / 2)

    def reset(self) -> None:
        """It went well."""
        self._failures = 0
