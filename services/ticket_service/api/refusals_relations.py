"""Refusals around merged and deleted tickets, relations, edits and what is asked in confidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.ticket_service.act import (
    confidential,
    deleting,
    editing,
    loading,
    merging,
    relations,
    splitting,
)
from services.ticket_service.api.problems import invalid
from services.ticket_service.domain.confidential import Unsealable
from services.ticket_service.domain.permissions import ACTIONS_EDIT
from shared.web.problems import Problem

_MERGING: Final = {
    merging.WITH_ITSELF: "A ticket cannot be merged into itself.",
    merging.NO_SUCH_TICKET: "There is no ticket {0!r}.",
}
_RELATING: Final = {
    relations.EXISTS: ("relation-exists", "These tickets are tied so already.", "There is nothing to do."),
    relations.CIRCLE: (
        "relation-circle",
        "This would lead from a ticket back to itself.",
        "Take back one of the relations in between first.",
    ),
    relations.TOO_MANY: (
        "too-many-relations",
        "Too many tickets hang together here.",
        "Take back relations that are not needed first.",
    ),
}


def _merged(error: loading.TicketMerged) -> Problem:
    return Problem(
        409,
        "ticket-merged",
        f"{error.number} is part of {error.into} now.",
        f"Work on {error.into}; everything is there.",
        merged_into=error.into,
    )


def _cannot_merge(error: merging.CannotMerge) -> Problem:
    if error.why == merging.SEEN_BY_CUSTOMER:
        return Problem(
            409,
            "merge-into-internal",
            "A ticket that its customer sees cannot become part of an internal one.",
            "Merge the internal ticket into this one, or make it public first.",
        )
    return invalid([("into", _MERGING[error.why].format(error.into))])


def _cannot_relate(error: relations.CannotRelate) -> Problem:
    if error.why == relations.WITH_ITSELF:
        return invalid([("ticket", "A ticket cannot be tied to itself.")])
    return Problem(409, *_RELATING[error.why])


def _too_late(error: deleting.TooLateToRestore) -> Problem:
    return Problem(
        409,
        "too-late-to-restore",
        f"{error.number} was deleted too long ago.",
        f"Deleted tickets are kept for {error.keep_days} days.",
    )


_EDITING: Final = {
    editing.RECEIVED: ("It came from outside.", "Write a note beside it."),
    editing.SENT: ("It left the desk already.", "Write another one."),
    editing.NO_TEXT: ("It is no text.", "Throw it away and write another one."),
}


_SPLITTING: Final = {
    splitting.DESCRIPTION: "It is what the ticket began with.",
    splitting.DRAFT: "It waits to be sent.",
    "beside": "It only says something about another one.",
}


def _cannot_split(error: splitting.CannotSplit) -> Problem:
    return Problem(409, "action-not-splittable", _SPLITTING[error.why], "Choose a comment.", reason=error.why)


def _cannot_edit(error: editing.CannotEdit) -> Problem:
    why, remedy = _EDITING[error.why]
    return Problem(409, "action-not-editable", why, remedy, reason=error.why)


def _not_yours(error: editing.NotYours) -> Problem:
    return Problem(
        403,
        "permission-missing",
        "Somebody else wrote this.",
        f"To edit it needs the permission `{ACTIONS_EDIT}`; write a note beside it.",
        permission=ACTIONS_EDIT,
    )


PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    loading.TicketMerged: _merged,
    merging.CannotMerge: _cannot_merge,
    relations.CannotRelate: _cannot_relate,
    deleting.TooLateToRestore: _too_late,
    editing.CannotEdit: _cannot_edit,
    splitting.CannotSplit: _cannot_split,
    editing.NotYours: _not_yours,
    confidential.NotSetUp: lambda error: Problem(
        409,
        "confidential-not-set-up",
        "This desk cannot ask for anything in confidence yet.",
        "Set SPORTELLO_CONFIDENTIAL_KEY, and SPORTELLO_DESK_URL to the address customers reach the desk at.",
    ),
    confidential.TooManyRequests: lambda error: Problem(
        409,
        "too-many-confidential-requests",
        f"This ticket has {confidential.MOST_REQUESTS} of them.",
        "Ask on another ticket.",
    ),
    Unsealable: lambda error: Problem(
        409,
        "confidential-key-missing",
        "The answer was encrypted with a key that is not set any more.",
        "Add the earlier key to SPORTELLO_CONFIDENTIAL_KEY, after the present one and a comma.",
    ),
}
