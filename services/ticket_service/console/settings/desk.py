"""The switches of the whole desk."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.languages import LANGUAGES
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.console.settings.choices import time_zones
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-desk", __name__)


@blueprint.page("/settings/desk", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All of them on one form."""
    found = read_tagged("/settings/desk")
    return show(
        "settings/desk.html", desk=found.body, etag=found.etag, zones=time_zones(), languages=LANGUAGES
    )
