"""What is refused around statuses and dictionaries, as problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.ticket_service.act.dictionaries import EntryExists
from services.ticket_service.act.statuses import StatusExists, StatusInUse
from shared.web.problems import Problem


def _status_in_use(error: StatusInUse) -> Problem:
    each = "; ".join(
        f"{key!r}: {', '.join(f'{count} {what}' for what, count in used.items())}"
        for key, used in sorted(error.used.items())
    )
    return Problem(
        409,
        "status-in-use",
        f"Statuses that would go are in use: {each}.",
        "Move these tickets to another status first (or say in `map` where they go, when taking a preset),"
        " and change the rules that name it.",
        statuses={key: dict(used) for key, used in error.used.items()},
    )


PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    StatusInUse: _status_in_use,
    StatusExists: lambda error: Problem(
        409, "status-exists", f"The desk has a status {str(error)!r}.", "Choose another key, or change it."
    ),
    EntryExists: lambda error: Problem(
        409,
        "entry-exists",
        f"The dictionary has an entry {str(error)!r}.",
        "Choose another key, or change the entry that is there.",
    ),
}
