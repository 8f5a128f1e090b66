"""What is refused around people and access, as problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.ticket_service.act.keeping import Taken
from services.ticket_service.act.merging_contacts import (
    MOST_TICKETS,
    LaterMergeFirst,
    TooMuchToMove,
    UndoTooLate,
)
from services.ticket_service.act.notes import NotYours
from services.ticket_service.act.second_factor import SecondFactorThere
from services.ticket_service.act.users import BeyondOwn, LastAdmin
from services.ticket_service.api import context
from services.ticket_service.auth import SecondFactorNeeded, TooManyAttempts
from shared.contracts.times import format_utc
from shared.web.problems import Problem


def _taken(error: Taken) -> Problem:
    return Problem(
        409,
        "taken",
        f"Another {error.what} has this {error.field}.",
        f"Use another one, or work with the {error.what} that has it: its id is `owner`.",
        field=error.field,
        value=error.value,
        owner=error.owner,
    )


def _beyond(error: BeyondOwn) -> Problem:
    return Problem(
        403,
        "permission-missing",
        "Nobody gives away, or changes, more than they may themselves.",
        f"You would need: {', '.join(f'`{each}`' for each in error.missing)}.",
        permission=error.missing[0],
    )


def _too_many(error: TooManyAttempts) -> Problem:
    now = context.services().desk.clock()
    seconds = max(1, int((error.until - now).total_seconds()) + 1)
    return Problem(
        429,
        "too-many-attempts",
        "Too many failed log-ins.",
        f"Try again in {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
    )


PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    Taken: _taken,
    BeyondOwn: _beyond,
    TooManyAttempts: _too_many,
    TooMuchToMove: lambda error: Problem(
        409,
        "too-much-to-move",
        f"This contact has more than {MOST_TICKETS} tickets.",
        "Merge the other one into it instead.",
    ),
    UndoTooLate: lambda error: Problem(
        409,
        "undo-too-late",
        "This merge can no longer be undone.",
        "Add a contact and give it its identities by hand.",
        until=format_utc(error.until),
    ),
    LaterMergeFirst: lambda error: Problem(
        409,
        "later-merge-first",
        "Others were merged into this contact since.",
        "Undo the merge named in `merge` first.",
        merge=error.merge_id,
    ),
    NotYours: lambda error: Problem(
        403, "not-yours", "Only its author changes a note.", "Write another one beside it."
    ),
    SecondFactorThere: lambda error: Problem(
        409, "second-factor-there", "You have a second factor already.", "Take it away first."
    ),
    SecondFactorNeeded: lambda error: Problem(
        403,
        "second-factor-needed",
        "For this user a password alone is not enough.",
        "Log in to the console and make the token on your profile.",
    ),
    LastAdmin: lambda error: Problem(
        409,
        "last-admin",
        "Nobody could administer the desk any more.",
        "Make somebody else an administrator first.",
    ),
}
