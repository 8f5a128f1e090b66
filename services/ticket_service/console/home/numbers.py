"""The desk's numbers as the home page shows them: of some days, of one team or of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from services.ticket_service.console.reading import Json, read
from shared.web.problems import Problem

RANGES: Final = (7, 30, 90)
TOO_MUCH: Final = "too-much-to-count"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which numbers: of so many days, of a team (empty: all), with days as this zone has them."""

    days: int
    team: str
    time_zone: str

    def query(self, **changes: Any) -> str:
        """For the address of the page."""
        wanted = {"days": self.days, "team": self.team, **changes}
        return urlencode({name: value for name, value in wanted.items() if value})

    def csv(self, name: str) -> str:
        """Where the same numbers are as a file."""
        when = {} if name == "backlog" else {"days": self.days, "time_zone": self.time_zone}
        team = {"team": self.team} if self.team else {}
        return f"/api/v1/statistics/{name}?{urlencode({**when, **team, 'format': 'csv'})}"

    def tickets(self, **wanted: Any) -> str:
        """The list of tickets behind a number."""
        group = {"group": self.team} if self.team else {}
        return f"/tickets?{urlencode({**wanted, **group}, doseq=True)}"


def chosen(days: str, team: str, time_zone: str) -> Choice:
    """What the address asks for; anything else than a range that is offered is the shortest."""
    wanted = int(days) if days.isdecimal() and len(days) < len("1000") else RANGES[0]
    return Choice(wanted if wanted in RANGES else RANGES[0], team, time_zone)


def numbers(choice: Choice) -> dict[str, Json | None]:
    """All parts; None for one that takes too long to count. Problem for anything else that is wrong."""
    team = choice.team or None
    within = {"days": choice.days, "team": team, "time_zone": choice.time_zone}
    return {
        "tickets": _part("tickets", **within),
        "response": _part("first-response", **within),
        "backlog": _part("backlog", team=team),
        "promises": _part("service-levels", **within),
        "agents": _part("agents", **within),
        "satisfaction": _part("satisfaction", **within),
    }


def _part(name: str, **query: Any) -> Json | None:
    try:
        return read(f"/statistics/{name}", **query)
    except Problem as problem:
        if problem.slug == TOO_MUCH:
            return None
        raise
