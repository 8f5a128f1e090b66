"""Tickets that close by themselves when nobody answers."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import permissions
from services.ticket_service.domain.status import CLOSED

blueprint = ConsoleBlueprint("settings-auto-close", __name__)


@blueprint.page("/settings/auto-close", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All rules on one form."""
    found = read_tagged("/settings/auto-close")
    statuses = choices.statuses()
    return show(
        "settings/auto_close.html",
        rules=found.body["rules"],
        etag=found.etag,
        waiting=choices.labels((each for each in statuses if CLOSED not in each["roles"]), "key", "label"),
        closing=choices.labels((each for each in statuses if CLOSED in each["roles"]), "key", "label"),
        channels=choices.channels(),
        templates=choices.templates(),
    )
