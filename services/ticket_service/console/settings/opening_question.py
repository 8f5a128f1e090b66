"""What customers are asked: when a ticket opens, and when an answer waits for them."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-opening-question", __name__)


@blueprint.page("/settings/opening-question", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """Both questions."""
    return show(
        "settings/opening_question.html",
        question=read_tagged("/settings/opening-question"),
        please=read_tagged("/settings/please-answer"),
        channels=choices.channels(),
        templates=choices.templates(),
    )
