"""The first page of the console."""

from __future__ import annotations

from flask import Response, g, request

from services.ticket_service.console import languages
from services.ticket_service.console.home import attention, numbers
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_all
from services.ticket_service.console.ticket.labels import PROMISES
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("home", __name__)


@blueprint.page("/", needs=permissions.TICKETS_READ)
def index() -> Response:
    """What needs the reader at once; the numbers are counted and put in place after that."""
    may = g.caller.may
    return show(
        "home/index.html",
        needs=attention.needs(),
        alarms=attention.alarms(
            channels=may(permissions.SETTINGS_WRITE), quarantine=may(permissions.QUARANTINE_WRITE)
        ),
        targets=PROMISES,
        choice=_choice(),
    )


@blueprint.page("/home/numbers", needs=permissions.TICKETS_READ)
def desk_numbers() -> Response:
    """The numbers with their charts and tables: a part of the first page."""
    choice = _choice()
    teams = read_all("/teams", active=True) if g.caller.may(permissions.USERS_READ) else []
    return show(
        "home/numbers.html",
        **numbers.numbers(choice),
        choice=choice,
        ranges=numbers.RANGES,
        targets=PROMISES,
        teams=teams,
    )


def _choice() -> numbers.Choice:
    query = request.args
    return numbers.chosen(query.get("days", ""), query.get("team", "")[:100], languages.time_zone())
