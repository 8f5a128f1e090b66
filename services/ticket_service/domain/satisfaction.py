"""How content a customer was with what the desk did about a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

WORST: Final = 1
BEST: Final = 5
SCORES: Final = tuple(range(WORST, BEST + 1))


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """`score` is 1 (worst) to 5 (best); `text` is what the customer added, `at` when (UTC)."""

    score: int
    text: str
    at: datetime

    def __str__(self) -> str:
        """For the ticket's history."""
        return f"{self.score}: {self.text}" if self.text else str(self.score)
