"""Refusals around opening, moving and changing tickets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.ticket_service.act import (
    changing,
    conversation_replies,
    fields,
    from_conversation,
    moving,
    opening,
    spam,
)
from shared.web.problems import Problem


def _children_open(error: moving.ChildrenOpen) -> Problem:
    return Problem(
        409,
        "children-open",
        "Its children have to be closed first.",
        f"Close these first: {', '.join(error.children)}.",
        children=error.children,
    )


def _closed_stays(error: changing.ClosedStays) -> Problem:
    return Problem(
        409,
        "closed-classification",
        "This desk does not let a closed ticket's classification be changed.",
        "Open the ticket again first, or ask an administrator to allow it.",
        fields=error.fields,
    )


def _permission_missing(error: fields.PermissionMissing) -> Problem:
    return Problem(
        403,
        "permission-missing",
        "You may not do this.",
        f"Setting {error.field} needs the permission `{error.permission}`.",
        permission=error.permission,
    )


def _already_blocked(error: spam.AlreadyBlocked) -> Problem:
    return Problem(409, "sender-blocked", f"{error} is blocked already.", "There is nothing left to do.")


def _answer_on_ticket(error: conversation_replies.AnswerOnTicket) -> Problem:
    return Problem(
        409,
        "has-open-ticket",
        f"This conversation has an open ticket: {error.number}.",
        f"Answer on {error.number}; it goes out on the same channel.",
        ticket=error.number,
    )


PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    moving.ChildrenOpen: _children_open,
    changing.ClosedStays: _closed_stays,
    fields.PermissionMissing: _permission_missing,
    opening.HasOpenTicket: lambda error: Problem(
        409,
        "has-open-ticket",
        "This conversation has an open ticket.",
        "What the customer writes can join one only: work on that one, or close it first.",
    ),
    conversation_replies.AnswerOnTicket: _answer_on_ticket,
    conversation_replies.MailNeedsTicket: lambda error: Problem(
        409,
        "mail-needs-ticket",
        "A mail is answered on a ticket.",
        "Open a ticket from it in the triage, or put it on the ticket it belongs to; then answer there.",
    ),
    conversation_replies.NobodyThere: lambda error: Problem(
        409, "not-reachable", "This person was erased.", "Nobody can be answered here any more."
    ),
    from_conversation.NothingFree: lambda error: Problem(
        409,
        "nothing-to-take",
        "All that the customer said in this conversation is on a ticket.",
        "Open a ticket by hand instead.",
    ),
    spam.NoSpamStatus: lambda error: Problem(
        409,
        "no-spam-status",
        "None of this desk's statuses is for spam.",
        "An administrator can give a status the role `spam`.",
    ),
    spam.AlreadyBlocked: _already_blocked,
    spam.TooManyBlocked: lambda error: Problem(
        409, "too-many-blocked", "Too many senders are blocked.", "Take some off the list first."
    ),
}
