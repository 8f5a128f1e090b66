"""What the use cases raise, as problems with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog
from flask import Flask, Response

from services.ticket_service import acting
from services.ticket_service.api import (
    refusals_lifecycle,
    refusals_outward,
    refusals_people,
    refusals_relations,
    refusals_settings,
    refusals_work,
)
from services.ticket_service.api.problems import invalid, not_found
from shared.contracts.times import format_utc
from shared.messaging.message import Unavailable
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)


def _unknown_status(error: acting.UnknownStatus) -> Problem:
    allowed = ", ".join(error.allowed)
    return invalid(
        [("status", f"There is no status {error.key!r}. Use one of: {allowed}.")], allowed=error.allowed
    )


def _template_required(error: acting.TemplateRequired) -> Problem:
    return Problem(
        409,
        "template-required",
        "The customer has not written within the channel's reply window.",
        'Send an approved template: {"template": {"name": …, "language": …, "components": […]}}. Or add'
        ' "when_closed": "draft": the customer is asked to answer, and this leaves as soon as that happens.',
        window_expired_at=format_utc(error.expired_at) if error.expired_at else None,
    )


def _template_not_usable(error: acting.TemplateNotUsable) -> Problem:
    why = f" Its provider says: {error.reason}." if error.reason else ""
    return Problem(
        409,
        "template-not-usable",
        f"The template {error.name!r} is {error.status}; only approved ones can be sent.",
        f"Choose another template.{why}",
        template_status=error.status,
    )


def _template_exists(error: acting.TemplateExists) -> Problem:
    return Problem(
        409,
        "template-exists",
        "The channel has a template of this name in this language.",
        "Choose another name.",
        template_status=error.status,
    )


def _wrong_state(error: acting.WrongState) -> Problem:
    return Problem(
        409,
        f"not-{error.wanted}",
        f"This {error.what} is {error.state}.",
        f"Only a {error.what} that is {error.wanted} can be used here.",
        state=error.state,
    )


def _already_decided(error: acting.AlreadyDecided) -> Problem:
    return Problem(
        409,
        "already-decided",
        f"This item was {error.state} before.",
        "There is nothing left to do.",
        state=error.state,
    )


def _unavailable(error: Unavailable) -> Problem:
    _log.warning("request refused, the database is away", reason=str(error))
    return Problem(
        503,
        "unavailable",
        "The desk's database does not answer.",
        "Nothing was lost; try again.",
        headers={"Retry-After": "2"},
    )


_PROBLEMS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    acting.NotFound: lambda error: not_found(str(error)),
    acting.UnknownStatus: _unknown_status,
    acting.TemplateRequired: _template_required,
    acting.TemplateNotUsable: _template_not_usable,
    acting.TemplateExists: _template_exists,
    acting.InvalidReply: lambda error: invalid(error.mistakes),
    acting.WrongState: _wrong_state,
    acting.AlreadyDecided: _already_decided,
    acting.InternalTicket: lambda error: Problem(
        409,
        "internal-ticket",
        "An internal ticket is never seen by the customer.",
        "Write a note, or make the ticket public first.",
    ),
    acting.NotReachable: lambda error: Problem(
        409, "not-reachable", "This ticket belongs to no conversation.", "Write a note instead."
    ),
    acting.NotReplayable: lambda error: Problem(
        409, "not-replayable", "Nothing was kept that could be tried again.", "Discard it."
    ),
    acting.TooBusy: lambda error: Problem(
        503,
        "busy",
        "Too many changes at once.",
        "Nothing was done; try again.",
        headers={"Retry-After": "1"},
    ),
    Unavailable: _unavailable,
    **refusals_outward.PROBLEMS,
    **refusals_work.PROBLEMS,
    **refusals_lifecycle.PROBLEMS,
    **refusals_settings.PROBLEMS,
    **refusals_people.PROBLEMS,
    **refusals_relations.PROBLEMS,
}


def register_refusals(app: Flask) -> None:
    """Answer each of these errors as its problem."""
    for kind, problem in _PROBLEMS.items():
        app.register_error_handler(kind, _handler(problem))


def problem_of(error: Exception) -> Problem | None:
    """The error as its problem; None for one that is no refusal."""
    if isinstance(error, Problem):
        return error
    made = next((_PROBLEMS[kind] for kind in type(error).__mro__ if kind in _PROBLEMS), None)
    return made(error) if made else None


def _handler(problem: Callable[[Any], Problem]) -> Callable[[Exception], Response]:
    return lambda error: problem(error).response()
