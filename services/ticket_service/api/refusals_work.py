"""What is refused around work, files and documents, as problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog

from services.ticket_service.act.document_models import Builtin
from services.ticket_service.act.records_of_work import InUse, Unfit
from services.ticket_service.act.scanning import Infected, NotScannable, ScannerAway
from services.ticket_service.act.time_entries import HoursFromEntries
from services.ticket_service.api.problems import invalid
from services.ticket_service.domain.intervention import WrongStep
from services.ticket_service.render.confined import Busy, NotInstalled
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

INSTALL: Final = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


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


def _not_installed(error: NotInstalled) -> Problem:
    _log.error("documents cannot be made", reason=str(error), remedy=INSTALL)
    return Problem(
        501,
        "documents-not-available",
        "This machine cannot make documents: a library of the system is missing.",
        f"Let an administrator run: {INSTALL}",
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
    Builtin: lambda error: Problem(
        409,
        "built-in",
        "This document model comes with the desk and stays as it is.",
        "Add a model of your own with its body and style, and change that one.",
    ),
    NotInstalled: _not_installed,
    Busy: lambda error: Problem(
        503, "busy", "Too many pictures and documents at once.", "Try again.", headers={"Retry-After": "5"}
    ),
}
