"""What a bench found, as a table for people and a file for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

REACHED: Final = "reached"
MISSED: Final = "MISSED"
NO_GOAL: Final = ""

_HEAD: Final = ("", "what", "goal", "measured", "verdict")
_LIBRARIES: Final = ("flask", "gunicorn", "gevent", "pika", "pymongo", "pywa", "marshmallow")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `number` is that of the goal in the design, empty for what only informs."""

    number: str
    what: str
    goal: str
    measured: str
    verdict: str


@dataclass(slots=True)
class Report:
    """One bench's result. `faults` are what must never be (lost, doubled, refused): any fails the bench."""

    name: str
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def at_least(
        self, number: str, what: str, goal: float, measured: float, shown: str, unit: str = "×"
    ) -> None:
        """Add a row whose figure must not be smaller than its goal."""
        self.rows.append(Row(number, what, f"≥ {goal:g} {unit}", shown, _verdict(measured >= goal)))

    def at_most(self, number: str, what: str, goal: float, measured: float, unit: str) -> None:
        """Add a row whose figure must not be greater than its goal."""
        shown = f"{measured:.1f} {unit}"
        self.rows.append(Row(number, what, f"≤ {goal:g} {unit}", shown, _verdict(measured <= goal)))

    def none_of(self, number: str, what: str, found: Sequence[str]) -> None:
        """Add a row for what must not have happened; each finding is a fault."""
        self.rows.append(Row(number, what, "0", str(len(found)), _verdict(not found)))
        self.faults += found

    def note(self, what: str, measured: str) -> None:
        """Add a row without a goal."""
        self.rows.append(Row("", what, "", measured, NO_GOAL))

    @property
    def missed(self) -> bool:
        """Whether any goal was not reached."""
        return any(row.verdict == MISSED for row in self.rows)

    def table(self) -> str:
        """The rows in columns."""
        cells = [_HEAD, *[(row.number, row.what, row.goal, row.measured, row.verdict) for row in self.rows]]
        widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(line.rstrip() for line in lines)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def write(report: Report, facts: dict[str, Any], folder: Path) -> Path:
    """Write the report into the folder (made when missing) and return the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = folder / f"{report.name}-{now:%Y%m%dT%H%M%SZ}.json"
    document = {"at": now.isoformat(), "machine": facts} | asdict(report)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path


def _verdict(reached: bool) -> str:
    return REACHED if reached else MISSED
