"""How tickets are numbered, with the numbers that would come next."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-numbering", __name__)


@blueprint.page("/settings/numbering", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The scheme; js/settings/numbering.js asks for examples while somebody types."""
    found = read_tagged("/settings/numbering")
    return show("settings/numbering.html", numbering=found.body, etag=found.etag)
