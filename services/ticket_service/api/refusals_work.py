"""What is refused around work, files and documents, as problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.ticket_service.act.records_of_work import InUse, Unfit
from services.ticket_service.act.scanning import Infected, NotScannable, ScannerAway
from services.ticket_service.act.time_entries import HoursFromEntries
from services.ticket_service.api.problems import invalid
from services.ticket_service.domain.intervention import WrongStep
from services.ticket_service.render.confined import Busy
from shared.web.problems import Problem


def _in_use(error: InUse) -> Problem:
    return Problem(
        409,
        "in-use",
        f"This {error.what} is named by {error.count} {error.by}.",
        "Switch it off or cancel it instead of deleting it: what names it then stays as it is.",
        count=error.count,
    )


def _wrong_step(error: WrongStep) -> Problem:
    return Problem(
        409,
        "wrong-step",
        f"This intervention is {error.now}.",
        f"From there it can become: {', '.join(error.allowed)}.",
        allowed=error.allowed,
    )


PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    InUse: _in_use,
    Unfit: lambda error: invalid(error.mistakes),
    WrongStep: _wrong_step,
    HoursFromEntries: lambda error: Problem(
        409,
        "hours-from-entries",
        "Time was entered on this ticket; its hours and days are the sum.",
        "Enter, correct or delete time entries instead.",
    ),
    Infected: lambda error: invalid(
        [("file", f"The virus scanner found {str(error)[:200]} in it.")], code="infected"
    ),
    NotScannable: lambda error: invalid(
        [("file", "It is larger than the virus scanner takes.")], code="unscannable"
    ),
    ScannerAway: lambda error: Problem(
        503,
        "scanner-away",
        "The virus scanner does not answer, and no file is taken or shown before it has seen it.",
        "Try again; an administrator can see to clamd.",
        headers={"Retry-After": "30"},
    ),
    Busy: lambda error: Problem(
        503, "busy", "Too many pictures and documents at once.", "Try again.", headers={"Retry-After": "5"}
    ),
}
