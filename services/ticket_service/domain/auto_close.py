"""Tickets that close by themselves when the customer has not answered for days, after a reminder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

MAX_RULES: Final = 20
MAX_DAYS: Final = 3650


@dataclass(slots=True)
class Reminder:
    """What the customer is told `after_days` in the status: a text where the channel takes one now.

    `templates` says per channel (id) what to send where its reply window is closed: name, language and
    components of an approved template. A channel without one gets no reminder then.
    """

    after_days: int
    text: str
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class AutoCloseRule:
    """After `after_days` without a break in the status `status`, a ticket moves to `to`."""

    status: str
    after_days: int
    to: str
    reminder: Reminder | None = None

    def closes_before(self, now: datetime) -> datetime:
        """Who entered the status until then is closed now."""
        return now - timedelta(days=self.after_days)

    def reminds_before(self, now: datetime) -> datetime | None:
        """Who entered the status until then is reminded now; None for no reminder."""
        return now - timedelta(days=self.reminder.after_days) if self.reminder else None


@dataclass(slots=True)
class AutoClose:
    """The desk's rules, one for each status at most; none to begin with. One record per desk."""

    id: str = "desk"
    rules: list[AutoCloseRule] = field(default_factory=list)
    version: int = 0
