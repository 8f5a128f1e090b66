"""What the use cases raise, as problems with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog
from flask import Flask, Response

from services.ticket_service import acting
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
        'Send an approved template: {"template": {"name": …, "language": …, "components": […]}}.',
        window_expired_at=format_utc(error.expired_at) if error.expired_at else None,
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
}


def register_refusals(app: Flask) -> None:
    """Answer each of these errors as its problem."""
    for kind, problem in _PROBLEMS.items():
        app.register_error_handler(kind, _handler(problem))


def _handler(problem: Callable[[Any], Problem]) -> Callable[[Exception], Response]:
    return lambda error: problem(error).response()
