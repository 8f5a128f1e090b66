"""How one aspect of a channel stands, so that people see what does not work and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

OK: Final = "ok"
WARNING: Final = "warning"
FAILING: Final = "failing"
LEVELS: Final = (OK, WARNING, FAILING)
"""From best to worst: the place in this list is the level's value in metrics."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """The latest statement on one aspect (`sending`, `account`, `quality` …) of one channel."""

    channel_id: str
    aspect: str
    level: str
    title: str
    detail: str
    remedy: str
    at: datetime

    @property
    def id(self) -> str:
        """One statement per channel and aspect."""
        return f"{self.channel_id}:{self.aspect}"
